package sync

import (
	"regexp"
	"strings"
	"testing"

	"syncd/internal/db/dbtest"
)

// spellings of numbers, and what they are in E.164 form; "" is none.
var spellings = map[string]string{
	"+15550100001":            "+15550100001",
	"15550100001":             "+15550100001",
	"+1 (555) 010-0001":       "+15550100001",
	"+1.555.010.0001":         "+15550100001",
	"+44\u00a020 7946 0000":   "+442079460000",
	" +15550100001\t":         "+15550100001",
	"+123456789012345":        "+123456789012345", // 15 digits
	"+2901234":                "+2901234",         // 7 digits
	"+1234567890123456":       "",                 // 16 digits
	"1234567890123456":        "",
	"123456":                  "", // an extension
	"+911":                    "",
	"112":                     "",
	"":                        "",
	"+":                       "",
	" ":                       "",
	"00442079460000":          "", // the prefix differs from country to country
	"02079460000":             "",
	"+02079460000":            "",
	"(555) 010-0001":          "", // national: of which country?
	"555-010-0001":            "",
	"++15550100001":           "",
	"+1+5550100001":           "",
	"15550100001+":            "",
	"+1555FLOWERS":            "",
	"+15550100001 ext. 5":     "",
	"tel:+15550100001":        "",
	"sip:15550100001@example": "",
	"+1555****001":            "",
	"+١٥٥٥٠١٠٠٠٠١":            "",
	"１５５５０１０００１":              "",
	"+1555\x000100001":        "",
	"null":                    "",

	"+49 (0)30 1234567":              "+49301234567",
	"+44 (0)20 7946 0000":            "+442079460000",
	"+44(0)2079460000":               "+442079460000",
	"+44-(0)-20-7946-0000":           "+442079460000",
	"+44 ( 0 ) 20 7946 0000":         "+442079460000",
	"+353 (0) 1 234 5678":            "+35312345678",
	"+44 (020) 7946 0000":            "", // of a country in which the zero stays, or not?
	"+44 (0)(0)20 7946 0000":         "",
	"+44 20 (0)7946 0000":            "",
	"+(0)44 20 7946 0000":            "",
	"+(44) (0)20 7946 0000":          "",
	"+4420 (0)7946 0000":             "",
	"+39 (06) 1234 5678":             "+390612345678",
	"+39 (0)6 1234 5678":             "",
	"+378 (0549) 123456":             "+3780549123456",
	"+378 (0) 549 123456":            "",
	"+39 (0":                         "",
	"442079460000":                   "+442079460000",
	"13800138000":                    "+13800138000", // 11 digits
	"4232058798":                     "",             // American, without the 1
	"2058798":                        "",
	"+4232058798":                    "+4232058798",
	"44 20 7946 0000":                "",
	"44 (0)20 7946 0000":             "",
	"+1\u2011555\u2011010\u20110001": "+15550100001",
	"+1\u2010555\u2012010\u20130001": "+15550100001",
	"+1\u2014555\u2015010\u22120001": "+15550100001",
	"+49\u202f30/123\u20094567":      "+49301234567",
	"+49\u300030\u1680123\u205f4567": "+49301234567",
	"\u202f\u0085\u2028+49 30\u2000123\u200a4567\u2029": "+49301234567",
	"+49\n30 1234567":                 "",
	"+49\t30 1234567":                 "",
	"+49 30 1234567 / +49 30 1234568": "",
	"+49_301234567":                   "",
	"+49\u200b301234567":              "",
}

func TestE164(t *testing.T) {
	t.Parallel()
	for number, want := range spellings {
		if got := text(e164(number)); got != want {
			t.Errorf("%q: got %q, want %q", number, got, want)
		}
	}
}

// TestE164_in_the_database: the past is read from stored documents by a function of the
// database, which must not find other numbers than the program.
func TestE164_in_the_database(t *testing.T) {
	t.Parallel()
	var numbers []string
	for number := range spellings {
		if !strings.ContainsRune(number, 0) { // Postgres has no such text
			numbers = append(numbers, number)
		}
	}
	for _, between := range separators + "()_+\t\n\u0085\u200b\u2028\u2029\u2043\uff0d\\" {
		for _, form := range []string{"+49x301234567", "x+49301234567", "+49301234567x", "49x301234567", "+49x(0)301234567", "+49(x0)301234567", "+49(0x)301234567", "+39(0x6)12345678"} {
			numbers = append(numbers, strings.ReplaceAll(form, "x", string(between)))
		}
	}
	for _, prefix := range []string{"", "+", "+(0)", "+4", "+44", "+353", "+4420", "+39", "+378", "+0", "00"} {
		for _, zero := range []string{"", "0", "(0)", "(0)(0)", "(06)", "(0", "0)", "()", "(1)(0)", "( 0 )"} {
			for _, rest := range []string{"", "12", "123", "1234567", "12345678", "123456789", "1234567890", "123456789012", "1234567890123"} {
				numbers = append(numbers, prefix+zero+rest)
			}
		}
	}
	rows := dbtest.New(t).Query("SELECT coalesce(syncd.e164(number), '') FROM unnest(" + literals(numbers) + ") WITH ORDINALITY n (number, i) ORDER BY i")
	if len(rows) != len(numbers) {
		t.Fatalf("got %d of %d numbers", len(rows), len(numbers))
	}
	for i, row := range rows {
		if want := text(e164(numbers[i])); row[0] != want {
			t.Errorf("%q: the database says %q, the program %q", numbers[i], row[0], want)
		}
	}
}

// FuzzE164 holds that what comes out is a number of the E.164 form with the very
// digits that went in, but for one zero in brackets, that it has a plus sign or
// digits enough, and that such a number stays as it is.
func FuzzE164(f *testing.F) {
	for _, seed := range []string{"", "+15550100001", "15550100001", "+1 (555) 010-0001", "00442079460000", "+911", "１５５５", "+49 (0)30 1234567", "+39 (06) 1234 5678", "4232058798"} {
		f.Add(seed)
	}
	form := regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)
	trunk := regexp.MustCompile(`^(\D*\+(?:\D*\d){1,3}\D*)\(\D*0\D*\)`)
	digits := func(s string) string {
		return strings.Map(func(r rune) rune {
			if r < '0' || r > '9' {
				return -1
			}
			return r
		}, s)
	}
	f.Fuzz(func(t *testing.T, number string) {
		got := e164(number)
		if got == nil {
			return
		}
		kept := digits(number)
		if len(digits(*got)) < len(kept) {
			kept = digits(trunk.ReplaceAllString(number, "$1"))
		}
		if !form.MatchString(*got) || digits(*got) != kept || !strings.Contains(number, "+") && len(kept) < 11 {
			t.Fatalf("%q became %q", number, *got)
		}
		if again := text(e164(*got)); again != *got {
			t.Fatalf("%q became %q", *got, again)
		}
	})
}
