package sync

import (
	"strings"
	gosync "sync"
	"sync/atomic"
	"unicode"
)

// mask stands in the database where Zoom sent a secret.
const mask = "[redacted]"

// secretNames decides by its name whether a member is secret. Paths that are
// known to be secret, or to look so and be none, stand in the shape of their
// document (paths.txt); any other name that looks secret is treated as secret, so that a
// field that Zoom adds tomorrow is safe today.
type secretNames struct {
	known gosync.Map // name -> bool, since the same names come with every user
	size  atomic.Int64
}

// replace puts the mask in the place of every secret text and number in v. What
// is empty, true, false or null gives nothing away and stays.
func (n *secretNames) replace(v *value, s *shape) {
	for i := range v.members {
		m := &v.members[i]
		known := s.member(m.name)
		if known != nil && known.secret || n.secret(m.name) && (known == nil || !known.public) {
			conceal(&m.value)
		} else {
			n.replace(&m.value, known)
		}
	}
	for i := range v.items {
		n.replace(&v.items[i], s.element())
	}
}

// conceal masks every text and number in v.
func conceal(v *value) {
	if v.kind == '"' && v.text != "" || v.kind == '0' {
		*v = value{kind: '"', text: mask}
	}
	for i := range v.members {
		conceal(&v.members[i].value)
	}
	for i := range v.items {
		conceal(&v.items[i])
	}
}

func (n *secretNames) secret(name string) bool {
	if known, ok := n.known.Load(name); ok {
		return known == true
	}
	secret := looksSecret(name)
	// Names come from outside: remember a bounded number of them.
	const most = 10_000
	if n.size.Load() < most {
		if _, loaded := n.known.LoadOrStore(name, secret); !loaded {
			n.size.Add(1)
		}
	}
	return secret
}

// looksSecret reports whether a name speaks of a secret, in whatever way it joins
// its words.
func looksSecret(name string) bool {
	words := wordsOf(name)
	for _, part := range []string{
		"password", "passwd", "passcode", "passphrase", "passkey", "secret", "token", "credential",
		"pin_code", "security_code", "access_code", "activation_code", "verification_code", "recovery_code",
		"api_key", "private_key", "shared_key", "access_key", "host_key", "stream_key", "encryption_key", "signing_key",
	} {
		if strings.Contains(words, part) || strings.Contains(words, strings.ReplaceAll(part, "_", "")) {
			return true
		}
	}
	for word := range strings.SplitSeq(words, "_") {
		switch strings.TrimRight(word, "0123456789") {
		case "pin", "pins", "pwd", "pwds", "pass", "otp", "otps", "puk", "jwt", "bearer":
			return true
		}
	}
	return false
}

// wordsOf writes a name in lower case with _ between its words: vmPIN, vm-pin and
// VM PIN become vm_pin.
func wordsOf(name string) string {
	var b strings.Builder
	runes := []rune(name)
	for i, r := range runes {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			r = '_'
		} else if startsWord(runes, i) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// startsWord reports whether a capital at i begins a word: it follows a small
// letter or a digit, or it is the last of several and a small letter follows (the
// C of PINCode, but not the N of the plural PINs).
func startsWord(runes []rune, i int) bool {
	if i == 0 || !unicode.IsUpper(runes[i]) {
		return false
	}
	if !unicode.IsUpper(runes[i-1]) {
		return unicode.IsLetter(runes[i-1]) || unicode.IsDigit(runes[i-1])
	}
	rest := runes[i+1:]
	plural := len(rest) > 0 && rest[0] == 's' && (len(rest) == 1 || !unicode.IsLower(rest[1]))
	return len(rest) > 0 && unicode.IsLower(rest[0]) && !plural
}
