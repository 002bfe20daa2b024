package main

import "testing"

func TestProcess_reads_the_pass_from_the_log(t *testing.T) {
	t.Parallel()
	p := &process{}
	p.output.WriteString(`{"level":"INFO","msg":"pass begins"}
not JSON
{"level":"INFO","msg":"pass ended","status":"complete","users_listed":12,"floor_seconds":1.5}
`)
	if got, want := p.said(), (ended{Status: "complete"}); got != want {
		t.Errorf("the pass is %+v, want %+v", got, want)
	}
}
