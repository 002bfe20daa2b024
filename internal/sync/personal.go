package sync

import "strings"

// personalMember reports whether a member tells where somebody lives, or which
// device and network they use. Of a name that the list of paths does not have, the
// name decides, so that a field that Zoom adds tomorrow is not shown to everybody.
func (s *shape) personalMember(name string) bool {
	if known := s.member(name); known != nil {
		return known.personal
	}
	return looksPersonal(name)
}

// holdsPersonal reports whether there is anything personal inside a value.
func holdsPersonal(v value, s *shape) bool {
	for _, m := range v.members {
		if s.personalMember(m.name) || holdsPersonal(m.value, s.member(m.name)) {
			return true
		}
	}
	for _, item := range v.items {
		if holdsPersonal(item, s.element()) {
			return true
		}
	}
	return false
}

// looksPersonal reports whether a name speaks of an address, of a place or of a
// device's identity.
func looksPersonal(name string) bool {
	words := wordsOf(name)
	mail := strings.Contains(words, "mail")
	for word := range strings.SplitSeq(words, "_") {
		switch strings.TrimRight(word, "0123456789") {
		case "address", "addresses":
			if !mail {
				return true
			}
		case "mac", "ip", "ips", "ipv", "imei", "imsi", "serial", "street", "zip", "zipcode", "postal", "postcode",
			"latitude", "longitude", "gps", "geolocation", "birthday", "birthdate", "birth", "ipaddress", "macaddress", "bssid", "ssid":
			return true
		}
	}
	return false
}
