//go:build bench

package bench_test

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"testing"
)

// roleVariable names, in the environment, the role that this program is run
// again to play as a process of its own.
const roleVariable = "VENDSWITCH_BENCH_ROLE"

// roles talk by lines of JSON: they read their orders from standard input and
// answer on standard output. They end when their input does.
var roles = map[string]func() int{
	"switch": func() int { return perform(serveSwitch) },
	"street": func() int { return perform(serveStreet) },
}

func perform(role func(in *json.Decoder, out *json.Encoder) error) int {
	if err := role(json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)); err != nil && err != io.EOF {
		fmt.Fprintln(os.Stderr, os.Getenv(roleVariable)+":", err)
		return 1
	}
	return 0
}

// child is a process that plays a role.
type child struct {
	process *exec.Cmd
	orders  io.WriteCloser
	answers *json.Decoder
}

// startChild starts a process that ends with the test.
func startChild(t *testing.T, role string) *child {
	t.Helper()
	c := &child{process: exec.Command(os.Args[0])}
	c.process.Env = append(os.Environ(), roleVariable+"="+role)
	c.process.Stderr = os.Stderr
	var err error
	if c.orders, err = c.process.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := c.process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.answers = json.NewDecoder(out)
	if err := c.process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.orders.Close()
		if err := c.process.Wait(); err != nil {
			t.Errorf("%s: %v", role, err)
		}
	})
	return c
}

// ask gives an order and waits for its answer.
func (c *child) ask(t *testing.T, order, answer any) {
	t.Helper()
	if err := json.NewEncoder(c.orders).Encode(order); err != nil {
		t.Fatal(err)
	}
	if err := c.answers.Decode(answer); err != nil {
		t.Fatalf("no answer to %v: %v", order, err)
	}
}

func (c *child) pid() int { return c.process.Process.Pid }
