package zoomtest

// The names are in many scripts and carry what breaks naive code: combining marks, right-to-left marks, quotes,
// backslashes, a tab, spaces at either end.

func givenNames() [40]string {
	return [...]string{
		"Åsa", "Zoë", "José", "François", "Łukasz", "Đorđe", "İbrahim", "Jiří", "Siân", "Renée",
		"Ανδρέας", "Ελένη", "Наталья", "Євген", "محمد", "فاطمة", "\u200fליאור\u200f", "שרה", "अनिल", "प्रिया",
		"伟", "秀英", "さくら", "ケンジ", "민준", "서연", "สมชาย", "อรุณ", "Nguyễn", "Jose\u0301",
		"D'Arcy", "Anna \"Ann\"", "Back\\slash", "Tab\tbed", " Lead", "Max 🎧", "👩‍💻 Kim", "<b>Bob</b>", "%41 & Co", "Alex",
	}
}

func familyNames() [25]string {
	return [...]string{
		"Öberg", "Müller", "Núñez", "O’Neil", "O'Brien", "Szczęsny", "Yılmaz", "Dvořák", "Ó Súilleabháin", "van der Berg",
		"Παπαδόπουλος", "Иванова", "Шевченко", "الحسن", "כהן", "शर्मा", "王", "佐藤", "김", "สุขใจ",
		"Trần", "Smith ", "Li", "Straße", "de la Cruz",
	}
}

func departments() []string {
	return []string{"Sales", "Vertrieb & Service", "Поддержка", "営業部", "Finance/Legal", "R&D \"Lab\"", "Sales ", "ฝ่ายขาย"}
}

func costCenters() []string { return []string{"4711", "CC-001", "0042", "Kostenstelle 7", "N/A"} }

// texts are samples for fields that hold free text.
func texts() [9]string {
	return [...]string{"plain", "Grüße, 世界", "two\nlines", "a\\b \"c\" /d", "  padded  ", "🙂", "null", "0", "é vs e\u0301"}
}

// place is a site and what its country gives to its users.
type place struct {
	name, code, country, calling, city string
}

// siteCount is how many sites an account has.
const siteCount = 7

// siteNames are the names that sites begin with.
func siteNames() (names [siteCount]string) {
	for n, place := range places() {
		names[n] = place.name
	}
	return names
}

func places() [siteCount]place {
	return [...]place{
		{"Main Site", "US", "United States", "1", "New York"},
		{"London – King's Cross", "GB", "United Kingdom", "44", "London"},
		{"Köln", "DE", "Germany", "49", "Köln"},
		{"मुंबई", "IN", "India", "91", "Mumbai"},
		{"東京 ", "JP", "Japan", "81", "東京"},
		{"São Paulo", "BR", "Brazil", "55", "São Paulo"},
		{"תל אביב", "IL", "Israel", "972", "תל אביב"},
	}
}
