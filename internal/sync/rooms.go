package sync

import gosync "sync"

// roomFor is how many members are made room for at once.
const roomFor = 64

// rooms are those of the members of one document. They can be had again when nobody
// looks at the document any more: what is derived from it holds no part of them. The nil
// rooms always makes new ones.
type rooms struct {
	pool  *gosync.Pool // of *[roomFor]member
	taken []*[roomFor]member
}

// take gives room for at least so many members.
func (r *rooms) take(members int) []member {
	if r == nil || members > roomFor {
		return make([]member, max(roomFor, members))
	}
	room, ok := r.pool.Get().(*[roomFor]member)
	if !ok {
		room = new([roomFor]member)
	}
	r.taken = append(r.taken, room)
	return room[:]
}

// leave gives all rooms back, empty.
func (r *rooms) leave() {
	for _, room := range r.taken {
		clear(room[:])
		r.pool.Put(room)
	}
	r.taken = nil
}
