// Command vendswitch is the switch and its operator's tool: it serves XMLVend,
// and its verbs set up merchants, suppliers, products and stock, look at sales,
// and verify the books.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// private is the umask: what the switch writes (database, keys, heads) is for its
// owner alone.
const private = 0o077

func main() {
	syscall.Umask(private)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	m := Main{Args: os.Args[1:], Environ: os.Environ(), Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr}
	code := m.Run(ctx)
	stop()
	os.Exit(code)
}
