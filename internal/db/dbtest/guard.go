package dbtest

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"syscall"
)

// guardScript runs the server and outlives us: its input is a pipe that we hold open, which ends when we close it or die
// in whatever way. Then it ends the server and removes its folder. Until then it takes orders, "start" or the name of a
// signal for the server, and answers each when it is carried out.
const guardScript = `
binaries=$1 folder=$2
start() {
	"$binaries/postgres" -D "$folder/data" >>"$folder/log" 2>&1 </dev/null &
	server=$!
}
start
while read -r order; do
	case $order in
	start) start ;;
	*) kill "-$order" "$server"; wait "$server"; server= ;;
	esac
	echo done
done
kill -QUIT "$server" 2>/dev/null
wait
rm -rf "$folder"
`

// guard is the process that runs a server from binaries.
type guard struct {
	command *exec.Cmd
	orders  io.WriteCloser
	answers *bufio.Reader
}

// startGuard starts the server of a cluster. It may not answer yet.
func startGuard(c *cluster) (*guard, error) {
	// Not bound to a context: the server lives until stop or until our end, when the pipe closes.
	command := exec.Command("/bin/sh", "-c", guardScript, "sh", c.binaries, c.folder) //nolint:noctx // see above
	command.Dir = c.folder
	command.SysProcAttr = &syscall.SysProcAttr{Credential: c.owner, Setsid: true} // an interrupt is for us, not for it
	orders, err := command.StdinPipe()
	if err != nil {
		return nil, err
	}
	answers, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	return &guard{command: command, orders: orders, answers: bufio.NewReader(answers)}, command.Start()
}

// order gives an order and waits until it is carried out.
func (g *guard) order(order string) error {
	if _, err := fmt.Fprintln(g.orders, order); err != nil {
		return fmt.Errorf("order postgres to %s: %w", order, err)
	}
	if _, err := g.answers.ReadString('\n'); err != nil {
		return fmt.Errorf("order postgres to %s: %w", order, err)
	}
	return nil
}

// stop ends the server and removes its folder.
func (g *guard) stop() error {
	_ = g.orders.Close() // a second stop finds it closed
	err := g.command.Wait()
	if g.command.ProcessState != nil && g.command.ProcessState.Exited() {
		return nil // its exit code is rm's or that of the server it killed
	}
	return err
}

// errNoGuard: the server is not one that we run.
var errNoGuard = errors.New("only a server of this machine's own binaries can be halted")
