package sync

import (
	"net"
	"net/netip"
	"strings"
	gosync "sync"
	"sync/atomic"
)

// spelling is what a member's name says by itself, whatever the path.
type spelling struct {
	secret, personal bool // it speaks of something that is; or it is an address itself, which is personal
	label            bool // it says what another member is: {"key": "voicemail_pin", "value": "4711"}
	content          bool // it is what another one says
	data             bool // it is no name, but a value: an address, a number
}

func spell(name string) spelling {
	return spelling{
		secret: looksSecret(name), personal: looksPersonal(name) || isAddress(name),
		label: isLabel(name), content: isContent(name), data: isData(name),
	}
}

// isAddress reports whether a name is that of a device in a network: a MAC address, with
// or without something between its bytes, an IP address or a range of them.
func isAddress(name string) bool {
	const bare = 12 // hexadecimal digits of a MAC address
	if len(name) == bare && strings.Trim(name, "0123456789abcdefABCDEF") == "" {
		return strings.ContainsAny(name, "0123456789")
	}
	if !strings.ContainsAny(name, ":.-") {
		return false // as of nearly all names
	}
	if _, err := net.ParseMAC(name); err == nil {
		return true
	}
	if _, err := netip.ParseAddr(name); err == nil {
		return true
	}
	_, err := netip.ParsePrefix(name)
	return err == nil
}

// longestName is how long names of fields are at most, in bytes.
const longestName = 64

// isData reports whether a name is surely none that somebody gave to a field: it is an
// address, has an @, or as many digits in a row as a telephone number, or is longer than
// names are.
func isData(name string) bool {
	const digits = 7
	if len(name) > longestName || strings.Contains(name, "@") || isAddress(name) {
		return true
	}
	row := 0
	for i := range len(name) {
		if row++; !isDigit(name[i]) {
			row = 0
		}
		if row == digits {
			return true
		}
	}
	return false
}

// strangers are the shapes of what the list of paths does not have: by name, since the
// same names come with every user, and nothing else is known of them. It is safe for
// concurrent use.
type strangers struct {
	known   gosync.Map // name -> *shape
	size    atomic.Int64
	element *shape
}

func newStrangers() *strangers {
	n := &strangers{}
	n.element = &shape{strangers: n}
	return n
}

// named is the shape of a member.
func (n *strangers) named(name string) *shape {
	if n == nil {
		return &shape{spelling: spell(name)}
	}
	if known, ok := n.known.Load(name); ok {
		return known.(*shape) //nolint:forcetypeassert // only shapes are stored
	}
	s := &shape{spelling: spell(name), strangers: n}
	// Names come from outside: remember a bounded number of them, and of each a clone,
	// since it is a part of a whole document.
	const most = 10_000
	if n.size.Load() < most {
		if _, loaded := n.known.LoadOrStore(strings.Clone(name), s); !loaded {
			n.size.Add(1)
		}
	}
	return s
}

// nameless is the shape of an element of an array.
func (n *strangers) nameless() *shape {
	if n == nil {
		return nil
	}
	return n.element
}

// labelled reports whether members name in a value what they have beside that, and
// the name is one of those: {"key": "voicemail_pin", "value": "4711"}.
func (s *shape) labelled(members []member, those func(name string) bool) bool {
	content, label := false, false
	for i := range members {
		m := &members[i]
		known := s.of(m)
		content = content || known.spelling.content && !known.shows(m.value)
		label = label || known.spelling.label
	}
	if !content || !label {
		return false // as nearly always, and then nothing has to be asked about texts
	}
	for i := range members {
		if m := &members[i]; s.of(m).spelling.label && m.labels(those) {
			return true
		}
	}
	return false
}
