//go:build faults || soak

package faults

import "time"

// restartPostgres stops the database server at a random moment, every other time as in a crash, and starts it again a
// moment later, while the program goes on as it can.
func restartPostgres(x *trial) {
	p := x.start(x.T, "sync")
	down := time.Duration(x.dice.IntN(1000)) * time.Millisecond
	restarted := make(chan error, 1)
	x.alarm.set(momentIn(x.dice, x.needed), func() {
		if err := x.server.Halt(x.number%2 == 1); err != nil {
			restarted <- err
			return
		}
		pause(x.T, down)
		restarted <- x.server.Resume(x.Context())
	})
	e := p.wait()
	if missed := x.alarm.stop(); !missed {
		if err := <-restarted; err != nil {
			x.Fatal(err)
		}
	}
	x.judge(e)
}
