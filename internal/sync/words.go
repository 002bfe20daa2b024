package sync

import "strings"

// wordsOf writes a name in lower case with _ between its words: vmPIN, vm-pin and
// VM PIN become vm_pin. What is no letter or digit of ASCII ends a word, so that
// the database can tell the words of a name by the same rule.
func wordsOf(name string) string { return split(name, startsWord) }

// readings are the words of a name in the ways in which they can be meant: of
// several capitals, the last may begin a word (PINCode) or end one (PINcode).
func readings(name string) []string {
	words := wordsOf(name)
	if other := split(name, followsCapitals); other != words {
		return []string{words, other}
	}
	return []string{words}
}

// split writes a name in lower case with _ before each character that begins a word.
func split(name string, begins func(name string, i int) bool) string {
	var b strings.Builder
	for i := range len(name) {
		if begins(name, i) {
			b.WriteByte('_')
		}
		switch c := name[i]; {
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

// followsCapitals is the other way: a word begins at a capital that follows a small
// letter or a digit, and at a small letter that follows several capitals and their
// digits (the c of PINcode, the v of IPv4 and the x of PIN2x).
func followsCapitals(name string, i int) bool {
	switch {
	case i == 0:
		return false
	case isUpper(name[i]):
		return isLower(name[i-1]) || isDigit(name[i-1])
	case isLower(name[i]):
		before := strings.TrimRight(name[:i], "0123456789")
		n := len(before)
		return n > 1 && isUpper(before[n-1]) && isUpper(before[n-2])
	default:
		return false
	}
}

func isUpper(c byte) bool { return 'A' <= c && c <= 'Z' }
func isLower(c byte) bool { return 'a' <= c && c <= 'z' }
func isDigit(c byte) bool { return '0' <= c && c <= '9' }
