package sync

import "strings"

// separators stand between the digits of a number and mean nothing, and so do
// brackets: spaces, dashes, dots and slashes. syncd.e164 in the database has them too.
const separators = " -./\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000" +
	"\u2010\u2011\u2012\u2013\u2014\u2015\u2212"

// e164 writes a number as "+" and digits. Zoom sends numbers with the country
// code, with or without "+". A number that is written in some national way has
// no known country and gives nil.
func e164(number string) *string {
	digits, international := strings.CutPrefix(strings.TrimSpace(number), "+")
	// The longest number has 15 digits (ITU-T E.164); below 7 it is an extension or a
	// short code. Below 11 and without "+", the country code may be the one that is
	// left out: an American number has 10 digits then.
	least := 11
	if international {
		digits, least = without(withoutTrunkZero(without(digits, separators)), "()"), 7
	}
	// No country code begins with 0.
	if len(digits) < least || len(digits) > 15 || digits[0] == '0' || strings.Trim(digits, "0123456789") != "" {
		return nil
	}
	digits = "+" + digits
	return &digits
}

// withoutTrunkZero drops the (0) after a country code, which is dialled within the
// country only. In Italy and San Marino the zero is part of most numbers and not of
// others, so that nobody knows what (0) means there, while (06) is meant; elsewhere
// it is the other way round. It gives "" where that leaves the number unknown.
func withoutTrunkZero(digits string) string {
	country, after, found := strings.Cut(digits, "(0")
	if !found {
		return digits
	}
	rest, trunk := strings.CutPrefix(after, ")")
	italian := country == "39" || country == "378"
	switch {
	case trunk == italian, strings.Contains(rest, "(0"), country == "", len(country) > 3, strings.Trim(country, "0123456789") != "":
		return ""
	case trunk:
		return country + rest
	default:
		return digits
	}
}

// without leaves the given characters out of a text.
func without(text, those string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(those, r) {
			return -1
		}
		return r
	}, text)
}
