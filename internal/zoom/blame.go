package zoom

import "time"

// culprit is whose fault it is that Zoom refuses a request for the limit of a second.
type culprit string

const (
	ours      culprit = "ours"      // we sent more than our share, or so much that it alone may fill the limit
	neighbour culprit = "neighbour" // we kept to our share: other apps of the account have used the rest
)

func culprits() []culprit { return []culprit{ours, neighbour} }

// closer is the part by which requests may arrive closer together than they were sent:
// of the requests of 1.1 seconds, all may fall into one second of Zoom's.
const closer = 0.1

// claimOn is what is known of a pool's limit, in requests per second.
type claimOn struct {
	published  float64 // by Zoom, for the plan
	configured float64 // what the operator says that the limit is
	share      float64 // our part of it
	proven     float64 // what Zoom has accepted from us alone, over some seconds
}

// limit is the account's limit, as far as it is known. One that is configured above the
// published one is the operator's word; it counts as far as Zoom has been seen to keep it.
func (c claimOn) limit() float64 {
	return min(c.configured, max(c.published, c.proven))
}

// blame says whose fault a refusal is, by how many requests we sent ourselves, refused ones
// included, in the second that ended with the refused one: Zoom counts all that arrive.
func (c claimOn) blame(sent int) culprit {
	limit, own := c.limit(), float64(sent)
	// A pool whose share is below 1 sends one request now and then.
	if own > max(1, c.share*limit+1e-9) || own*(1+closer) >= max(1+closer, limit) && own > 1 {
		return ours
	}
	return neighbour
}

// proof finds how many requests a second Zoom accepts, over spans that are long enough
// for what a bucket has saved to matter little.
type proof struct {
	begun    time.Time
	accepted int
}

const proofSpan = 10 * time.Second

// add notes an accepted request, and gives the rate of the span that ended with it, or 0
// within one.
func (p *proof) add(now time.Time) (perSecond float64) {
	if span := now.Sub(p.begun); span >= proofSpan {
		if span < 2*proofSpan { // else there was a break in it
			perSecond = float64(p.accepted) / span.Seconds()
		}
		p.begun, p.accepted = now, 0
	}
	p.accepted++
	return perSecond
}
