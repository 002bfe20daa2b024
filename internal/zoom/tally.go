package zoom

import "time"

const (
	tallySlot  = 10 * time.Millisecond
	tallySlots = 4096 // some 40 s: longer than any answer takes
	second     = int64(time.Second / tallySlot)
)

// tally counts the sends of a pool, refused ones too, in slots of time. It is asked
// about a request whose answer has come, which may be long after it was sent.
type tally struct {
	begun  time.Time
	newest int64
	slots  [tallySlots]uint32
}

func newTally(now time.Time) *tally { return &tally{begun: now} }

func (t *tally) number(at time.Time) int64 { return int64(at.Sub(t.begun) / tallySlot) }

// add notes a send.
func (t *tally) add(at time.Time) {
	slot := max(0, t.number(at))
	for n := max(t.newest+1, slot-tallySlots+1); n <= slot; n++ {
		t.slots[n%tallySlots] = 0
	}
	t.newest = max(t.newest, slot)
	if slot > t.newest-tallySlots {
		t.slots[slot%tallySlots]++
	}
}

// secondBefore counts the sends of the second that ends at a time, or of a slot less.
func (t *tally) secondBefore(at time.Time) int {
	sum := 0
	last := t.number(at)
	for n := max(0, last-second+1, t.newest-tallySlots+1); n <= min(last, t.newest); n++ {
		sum += int(t.slots[n%tallySlots])
	}
	return sum
}
