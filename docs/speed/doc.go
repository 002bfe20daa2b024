// Package speed measures how fast a mirror answers the questions of docs/cookbook.md, and proves that it answers them
// rightly.
//
// It owns the page docs/cookbook-speed.md and, in raw, the twins of the questions: the same ones asked of the documents
// as Zoom sent them, over zoom_pii alone. It never changes a mirror that it did not make, and nothing of it is linked
// into a program: it is tests, which compare the answers at a small size, and one benchmark, which "make bench-queries"
// runs at the size of a large company.
package speed
