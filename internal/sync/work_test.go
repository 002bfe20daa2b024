package sync

import (
	"context"
	"errors"
	"testing"
)

func TestWork_that_was_never_started_ends(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	p := &pass{}
	work, working := p.newWork(ctx)
	cancel(errLeaseLost)
	<-working.Done()
	if err := work.finish(); !errors.Is(err, errLeaseLost) {
		t.Errorf("error is %v", err)
	}
	work.end()
}
