package zoom

import (
	"testing"
	"time"
)

func TestClaimOn_blame(t *testing.T) {
	t.Parallel()
	business := claimOn{published: 40, configured: 40, share: 0.8}
	whole := claimOn{published: 40, configured: 40, share: 1}
	tooHigh := claimOn{published: 40, configured: 100, share: 0.8}
	contract := claimOn{published: 40, configured: 100, share: 0.8, proven: 80}
	tests := map[string]struct {
		claim claimOn
		sent  int
		want  culprit
	}{
		"within the share":                              {business, 32, neighbour},
		"far within the share":                          {business, 3, neighbour},
		"above the share":                               {business, 33, ours},
		"the whole limit, nearly filled":                {whole, 37, ours},
		"the whole limit, filled":                       {whole, 40, ours},
		"the whole limit, half of it is another's":      {whole, 20, neighbour},
		"the whole limit, a tenth of it is another's":   {whole, 36, neighbour},
		"a limit above the published one":               {tooHigh, 80, ours},
		"the same, slowed down to the real one":         {tooHigh, 38, ours},
		"the same, with a neighbour too":                {tooHigh, 20, neighbour},
		"a higher limit that was seen, above its share": {contract, 80, ours},
		"a higher limit that was seen, within":          {contract, 50, neighbour},
		"no more is seen than is configured":            {claimOn{published: 40, configured: 60, share: 1, proven: 90}, 54, neighbour},
		"configured below the published one":            {claimOn{published: 40, configured: 20, share: 1}, 19, ours},
		"a share of less than one request":              {claimOn{published: 10, configured: 1, share: 0.5}, 1, neighbour},
		"a share of two":                                {claimOn{published: 10, configured: 10, share: 0.2}, 2, neighbour},
		"nothing of ours in that second":                {business, 0, neighbour},
	}
	for name, test := range tests {
		if got := test.claim.blame(test.sent); got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
}

func TestProof_is_the_rate_of_whole_spans(t *testing.T) {
	t.Parallel()
	begin := time.Now()
	p := proof{begun: begin}
	most := 0.0
	for i := range 1000 { // 40 a second
		most = max(most, p.add(begin.Add(time.Duration(i)*25*time.Millisecond)))
	}
	if most < 39.9 || most > 40.1 {
		t.Errorf("40 a second prove %v", most)
	}
	if got := p.add(begin.Add(time.Hour)); got != 0 {
		t.Errorf("a span with a break in it proves %v", got)
	}
	if got := p.add(begin.Add(time.Hour + proofSpan)); got != 0.1 {
		t.Errorf("the span after it proves %v, want 0.1", got)
	}
}
