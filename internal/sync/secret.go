package sync

import (
	"slices"
	"strings"
	"unicode"
)

// mask stands in the database where Zoom sent a secret.
const mask = "[redacted]"

// replaceSecrets puts the mask in the place of every secret in v. What is empty, true,
// false or null gives nothing away and stays.
//
// Paths that are known to be secret, or to look so and be none, stand in the shape of
// their document (paths.txt); any other name that looks secret is treated as secret, so
// that a field that Zoom adds tomorrow is safe today.
func replaceSecrets(v *value, s *shape) {
	labelled := s.labelled(v.members, looksSecret)
	for i := range v.members {
		m := &v.members[i]
		if s.secretMember(m, labelled) {
			conceal(&m.value)
		} else if m.value.kind == '{' || m.value.kind == '[' {
			replaceSecrets(&m.value, s.of(m))
		}
	}
	for i := range v.items {
		replaceSecrets(&v.items[i], s.element())
	}
}

// secretMember reports whether a member is a secret. Labelled is true where a member
// beside it says so of its content.
func (s *shape) secretMember(m *member, labelled bool) bool {
	known := s.of(m)
	looks := known.spelling.secret || labelled && known.spelling.content
	return known.secret || looks && !known.shows(m.value)
}

// conceal masks a value whole: below a secret, the names of members may be the
// secrets themselves.
func conceal(v *value) {
	if v.kind == '"' && v.text != "" || v.kind == '0' || len(v.members)+len(v.items) > 0 {
		*v = value{kind: '"', text: mask}
	}
}

// isLabel reports whether a member says what another one is.
func isLabel(name string) bool {
	words := wordsOf(name)
	word := words[strings.LastIndexByte(words, '_')+1:]
	// setting_name and settingName, but of ids only the member's own.
	return strings.HasSuffix(word, "name") || strings.HasSuffix(word, "key") || slices.Contains([]string{
		"field", "setting", "attribute", "property", "parameter", "option", "type", "id", "code", "label", "title",
	}, words)
}

// labels reports whether a member says of others what those names say. An identity
// that Zoom made up says nothing, whatever its letters happen to be.
func (m *member) labels(those func(name string) bool) bool {
	if !isLabel(m.name) || m.value.kind != '"' || wordsOf(m.name) == "id" && isMadeUp(m.value.text) {
		return false
	}
	return those(m.value.text)
}

// isMadeUp reports whether an identity looks like the 22 characters that Zoom draws
// by chance.
func isMadeUp(id string) bool {
	return len(id) == 22 && strings.ContainsFunc(id, unicode.IsUpper) && strings.ContainsFunc(id, unicode.IsLower) && strings.ContainsFunc(id, unicode.IsDigit)
}

// isContent reports whether a member is what another one says.
func isContent(name string) bool {
	words := wordsOf(name)
	return words == "items" || words == "number" || slices.ContainsFunc(strings.Split(words, "_"), func(word string) bool {
		return slices.Contains([]string{"value", "values", "val", "content", "data", "text", "default"}, word)
	})
}

// looksSecret reports whether a name speaks of a secret, in whatever way it joins
// its words.
func looksSecret(name string) bool {
	// Long enough to be told whatever their capitals.
	lower := strings.ToLower(name)
	for _, stem := range []string{"password", "passwd", "passcode", "passphrase", "secret", "token"} {
		if strings.Contains(lower, stem) {
			return true
		}
	}
	return slices.ContainsFunc(readings(name), speaksOfSecret)
}

// speaksOfSecret judges one reading of a name.
func speaksOfSecret(words string) bool {
	for _, part := range []string{
		"passkey", "credential", "cookie", "signature", "assertion", "authorization", "otpauth", "pass_word", "pass_code", "pass_phrase",
		"pin_code", "security_code", "access_code", "activation_code", "verification_code", "recovery_code", "mfa_code", "auth_code", "unlock_code",
		"reset_code", "login_code", "backup_code", "one_time_code", "onetime_code", "api_key", "private_key", "shared_key", "access_key", "host_key",
		"stream_key", "encryption_key", "decryption_key", "signing_key", "recovery_key", "master_key", "wifi_key", "ssh_key", "license_key", "licence_key",
		"session_key", "secure_key", "auth_key", "wpa_key", "session_id", "security_answer",
	} {
		if strings.Contains(words, part) || strings.Contains(words, strings.ReplaceAll(part, "_", "")) {
			return true
		}
	}
	return isCodeOrKey(words) || slices.ContainsFunc(strings.Split(words, "_"), isSecretWord)
}

// isCodeOrKey reports whether a name ends in code or key and may open something: any code
// and any key may, but for those that are known to be of another kind.
func isCodeOrKey(words string) bool {
	all := strings.FieldsFunc(words, func(r rune) bool { return r == '_' || '0' <= r && r <= '9' })
	for len(all) > 0 && slices.Contains([]string{"value", "number", "hash"}, all[len(all)-1]) {
		all = all[:len(all)-1]
	}
	if len(all) < 2 {
		return false // a code of nothing is a name for anything
	}
	of := all[len(all)-2]
	switch strings.TrimSuffix(all[len(all)-1], "s") {
	case "code":
		return !slices.Contains([]string{
			"country", "area", "region", "state", "province", "city", "site", "zip", "postal", "post", "zone", "calling", "dial", "dialing", "short",
			"language", "lang", "locale", "currency", "color", "colour", "extension", "status", "error", "result", "response", "reason", "cause", "http", "type",
		}, of)
	case "key":
		return !slices.Contains([]string{
			"primary", "public", "foreign", "sort", "setting", "message", "managed", // as in customer_managed_key
			"line", "soft", "hot", "function", "shortcut", // of a telephone
		}, of)
	}
	return false
}

// isSecretWord reports whether a word is a secret by itself, or what one is made of:
// otpcode and pinhash are an otp and a pin.
func isSecretWord(word string) bool {
	for _, end := range []string{"hash", "number", "code", "value"} {
		word = strings.TrimSuffix(word, end)
	}
	switch word {
	case "ha1", "ha1b", "sipha1": // what a SIP server makes of a password, and takes for it
		return true
	}
	switch word = strings.TrimRight(word, "0123456789"); {
	case strings.HasSuffix(word, "pass"):
		return !slices.Contains([]string{"compass", "encompass", "bypass", "surpass", "trespass", "overpass", "underpass"}, word)
	case word == "bearer":
		return true
	}
	word = strings.TrimSuffix(word, "s")
	// vmpin and userpin, but not spin.
	if strings.HasSuffix(word, "pin") {
		return !slices.Contains([]string{"spin", "pushpin", "underpin"}, word)
	}
	return slices.ContainsFunc([]string{"pwd", "pswd", "otp", "psk", "jwt"}, func(end string) bool { return strings.HasSuffix(word, end) }) ||
		word == "puk" || word == "seed" || word == "pw" || word == "sippw" || word == "userpw"
}
