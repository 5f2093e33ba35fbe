// Command vendsim is the far side of every wire: simulators of the companies that
// the switch deals with, which speak the real protocols and can be made to fail,
// and the demo that sells with them.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	m := Main{Args: os.Args[1:], Stdout: os.Stdout, Stderr: os.Stderr}
	code := m.Run(ctx)
	stop()
	os.Exit(code)
}
