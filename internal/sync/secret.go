package sync

import (
	"slices"
	"strings"
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
	return slices.Contains([]string{"key", "name", "field", "setting", "attribute", "property", "parameter", "option", "type", "id", "code", "label"}, wordsOf(name))
}

// isContent reports whether a member is what another one says.
func isContent(name string) bool {
	return slices.ContainsFunc(strings.Split(wordsOf(name), "_"), func(word string) bool {
		return slices.Contains([]string{"value", "values", "val", "content", "data", "text", "default"}, word)
	})
}

// looksSecret reports whether a name speaks of a secret, in whatever way it joins
// its words.
func looksSecret(name string) bool {
	words := wordsOf(name)
	for _, part := range []string{
		"password", "passwd", "passcode", "passphrase", "passkey", "secret", "token", "credential", "cookie", "signature", "assertion", "authorization",
		"pin_code", "security_code", "access_code", "activation_code", "verification_code", "recovery_code", "mfa_code", "auth_code", "unlock_code",
		"reset_code", "login_code", "api_key", "private_key", "shared_key", "access_key", "host_key", "stream_key", "encryption_key", "signing_key",
		"wifi_key", "ssh_key", "license_key", "licence_key", "session_key", "secure_key", "auth_key", "wpa_key", "session_id", "security_answer",
	} {
		if strings.Contains(words, part) || strings.Contains(words, strings.ReplaceAll(part, "_", "")) {
			return true
		}
	}
	for word := range strings.SplitSeq(words, "_") {
		word = strings.TrimRight(word, "0123456789")
		switch word {
		case "pwd", "pwds", "pass", "otp", "otps", "totp", "hotp", "puk", "psk", "jwt", "bearer":
			return true
		}
		// vmpin and userpin, but not spin.
		if word = strings.TrimSuffix(word, "s"); strings.HasSuffix(word, "pin") && !slices.Contains([]string{"spin", "pushpin", "underpin"}, word) {
			return true
		}
	}
	return false
}

// wordsOf writes a name in lower case with _ between its words: vmPIN, vm-pin and
// VM PIN become vm_pin. What is no letter or digit of ASCII ends a word, so that
// the database can tell the words of a name by the same rule.
func wordsOf(name string) string {
	var b strings.Builder
	for i := range len(name) {
		c := name[i]
		switch {
		case startsWord(name, i):
			b.WriteByte('_')
			fallthrough
		case isUpper(c):
			b.WriteByte(c - 'A' + 'a')
		case isLower(c), isDigit(c):
			b.WriteByte(c)
		default:
			b.WriteByte('_')
		}
	}
	return b.String()
}

// startsWord reports whether a capital at i begins a word: it follows a small
// letter or a digit, or it is the last of several and a small letter follows (the
// C of PINCode, but not the N of the plural PINs).
func startsWord(name string, i int) bool {
	if i == 0 || !isUpper(name[i]) {
		return false
	}
	if !isUpper(name[i-1]) {
		return isLower(name[i-1]) || isDigit(name[i-1])
	}
	rest := name[i+1:]
	plural := rest != "" && rest[0] == 's' && (len(rest) == 1 || !isLower(rest[1]))
	return rest != "" && isLower(rest[0]) && !plural
}

func isUpper(c byte) bool { return 'A' <= c && c <= 'Z' }
func isLower(c byte) bool { return 'a' <= c && c <= 'z' }
func isDigit(c byte) bool { return '0' <= c && c <= '9' }
