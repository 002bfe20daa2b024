package sync

import (
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// personalMember reports whether a member tells where somebody lives, or the address of
// a device. Of a name that the list of paths does not have, the name decides, so that a
// field that Zoom adds tomorrow is not shown to everybody; and so it does where Zoom sends
// another type than it documents. The content that a member beside it says to be personal
// is so as well: of {"key": "mac_address", "value": "0a1b"}, in which labelled is true.
func (s *shape) personalMember(m *member, labelled bool) bool {
	known := s.of(m)
	if known.personal {
		return true
	}
	isThere := m.value.kind != jsontext.KindInvalid
	return isThere && (known.spelling.personal || labelled && known.spelling.content) && !known.shows(m.value)
}

// labelsPersonal reports whether members say of others that they are personal.
func (s *shape) labelsPersonal(members []member) bool { return s.labelled(members, looksPersonal) }

// holdsPersonalMember reports whether a member is personal, or has anything inside
// that is.
func (s *shape) holdsPersonalMember(m *member, labelled bool) bool {
	return s.personalMember(m, labelled) || holdsPersonal(&m.value, s.of(m))
}

// holdsPersonal reports whether there is anything personal inside a value.
func holdsPersonal(v *value, s *shape) bool {
	labelled := s.labelsPersonal(v.members)
	for i := range v.members {
		if s.holdsPersonalMember(&v.members[i], labelled) {
			return true
		}
	}
	for i := range v.items {
		if holdsPersonal(&v.items[i], s.element()) {
			return true
		}
	}
	return false
}

// anything stands in a path for a name or an identity that is personal itself, or a
// value in the place of a name.
const anything = "*"

// shownName is the name of a member as everybody may read it in a path, which is
// within something personal or not.
func (s *shape) shownName(m *member, personal bool) string {
	if known := s.of(m); !known.listed && (personal || known.spelling.data) {
		return anything
	}
	return m.name
}

// shownID is the same of what identifies the given elements of an array.
func (s *shape) shownID(id string, items []value, personal bool) string {
	isPersonal := func(item value) bool {
		m := s.identifying(item)
		return s.element().personalMember(&m, s.element().labelsPersonal(item.members))
	}
	if id != "" && (personal || slices.ContainsFunc(items, isPersonal)) {
		return anything
	}
	return id
}

// looksPersonal reports whether a name speaks of an address, of a place or of a
// device's identity.
func looksPersonal(name string) bool { return slices.ContainsFunc(readings(name), speaksOfPersonal) }

// speaksOfPersonal judges one reading of a name.
func speaksOfPersonal(name string) bool {
	words := strings.Split(name, "_")
	mail := slices.ContainsFunc(words, func(word string) bool {
		return slices.Contains([]string{"mail", "mails", "email", "emails"}, word)
	})
	for i, word := range words {
		// ipv6prefix and privateipv4.
		if strings.HasPrefix(word, "ipv4") || strings.HasPrefix(word, "ipv6") || strings.HasSuffix(strings.TrimRight(word, "0123456789"), "ipv") {
			return true
		}
		switch word = strings.TrimRight(word, "0123456789"); word {
		case "mac", "macs", "ip", "ips", "ipv", "imei", "imsi", "serial", "street", "zip", "zipcode", "postal", "postcode", "city", "cities",
			"location", "locations", "lat", "lon", "lng", "latitude", "longitude", "coordinates", "gps", "geolocation", "birthday", "birthdate",
			"birth", "dob", "bssid", "ssid", "hostname", "hostnames", "homephone", "usermac", "devicemac", "wifimac",
			"userip", "clientip", "hostip", "publicip", "privateip", "localip", "remoteip", "deviceip", "phoneip", "serverip", "sourceip", "lanip", "wanip":
			return true
		case "emailaddress", "emailaddresses", "mailaddress", "mailaddresses":
			continue
		case "phone":
			if i > 0 && words[i-1] == "home" {
				return true
			}
		}
		for _, end := range []string{"address", "addresses", "addr", "addrs"} {
			if strings.HasSuffix(word, end) && !mail {
				return true
			}
		}
	}
	return false
}
