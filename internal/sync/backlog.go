package sync

import (
	"bytes"
	"compress/flate"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	gosync "sync"
)

// backlog holds the listed users who wait for their documents to be fetched. The list
// of a large account is read in minutes and worked off in hours, so what it says of
// each user is kept packed.
//
// Users come out in an order of chance that belongs to the pass. Whoever stands
// together in Zoom's list may fail together: in another order the first users are a
// fair sample of the account, and passes that end early, each time elsewhere, leave
// nobody out for good.
type backlog struct {
	mu     gosync.Mutex
	chance *rand.Rand
	packer *flate.Writer
	packed []packed   // pages of the list
	open   [][]listed // pages of which users are taken
	users  int        // how many are left
	closed bool
	more   chan struct{} // closed, and made anew, when users come or the last have come
}

// openPages is of how many pages users are taken at a time: enough for chance, and
// few enough to be unpacked.
const openPages = 16

func newBacklog(passID int64) *backlog {
	packer, _ := flate.NewWriter(io.Discard, flate.DefaultCompression) // the level is valid
	return &backlog{
		chance: rand.New(rand.NewPCG(uint64(passID), 0)), //nolint:gosec // no secret depends on it, and ids are positive
		packer: packer, more: make(chan struct{}),
	}
}

// add takes in the users of a page.
func (b *backlog) add(users []listed) {
	if len(users) == 0 {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.packed = append(b.packed, b.pack(users))
	b.users += len(users)
	b.wake()
}

// len is how many users are left.
func (b *backlog) len() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.users
}

// close says that nobody will come any more.
func (b *backlog) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	b.wake()
}

func (b *backlog) wake() {
	close(b.more)
	b.more = make(chan struct{})
}

// take gives one of the users, and waits while there is none and somebody may come.
// The error is io.EOF when all have been taken, or the context's cause.
func (b *backlog) take(ctx context.Context) (listed, error) {
	for {
		if ctx.Err() != nil {
			return listed{}, context.Cause(ctx)
		}
		b.mu.Lock()
		u, err := b.next()
		more := b.more
		b.mu.Unlock()
		if !errors.Is(err, errNoneYet) {
			return u, err
		}
		select {
		case <-more:
		case <-ctx.Done():
		}
	}
}

// errNoneYet: the backlog is empty and not closed.
var errNoneYet = errors.New("no user yet")

func (b *backlog) next() (listed, error) {
	for len(b.open) < openPages && len(b.packed) > 0 {
		page, err := draw(&b.packed, b.chance).unpack()
		if err != nil {
			return listed{}, fmt.Errorf("unpack a page of the list: %w", err)
		}
		b.open = append(b.open, page)
	}
	if len(b.open) == 0 {
		if b.closed {
			return listed{}, io.EOF
		}
		return listed{}, errNoneYet
	}
	b.users--
	i := b.chance.IntN(len(b.open))
	u := draw(&b.open[i], b.chance)
	if len(b.open[i]) == 0 {
		b.open[i] = b.open[len(b.open)-1]
		b.open = b.open[:len(b.open)-1]
	}
	return u, nil
}

// draw takes an element out of a list that is not empty.
func draw[T any](from *[]T, chance *rand.Rand) T {
	var none T
	list := *from
	i, last := chance.IntN(len(list)), len(list)-1
	drawn := list[i]
	list[i], list[last] = list[last], none
	*from = list[:last]
	return drawn
}

// packed is a page of the list. What is said of all its users is said once.
type packed struct {
	span    span
	pending bool
	data    []byte // for each user: the length of the id, the id, that of the element, the element
}

// pack packs the users of one page. The caller holds the lock.
func (b *backlog) pack(users []listed) packed {
	var data bytes.Buffer
	b.packer.Reset(&data)
	var length [binary.MaxVarintLen64]byte
	put := func(part []byte) { // a buffer takes everything
		_, _ = b.packer.Write(length[:binary.PutUvarint(length[:], uint64(len(part)))])
		_, _ = b.packer.Write(part)
	}
	for _, u := range users {
		put([]byte(u.id))
		put(u.raw)
	}
	_ = b.packer.Close()
	return packed{span: users[0].span, pending: users[0].pending, data: bytes.Clone(data.Bytes())}
}

func (p packed) unpack() ([]listed, error) {
	data, err := io.ReadAll(flate.NewReader(bytes.NewReader(p.data)))
	if err != nil {
		return nil, err
	}
	next := func() (part []byte) {
		length, n := binary.Uvarint(data)
		part, data = data[n:n+int(length)], data[n+int(length):] //nolint:gosec // it is what pack has written
		return part
	}
	var users []listed
	for len(data) > 0 {
		id, raw := next(), next()
		users = append(users, listed{id: string(id), raw: raw, span: p.span, pending: p.pending})
	}
	return users, nil
}
