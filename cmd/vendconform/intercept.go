package main

import (
	"context"
	"fmt"
	"net"
	"net/url"

	"github.com/vendswitch/vendswitch/conformance/intercept"
)

type interceptCmd struct {
	Listen   string   `placeholder:"ADDR" default:"127.0.0.1:8483" help:"Where clients connect."`
	Upstream *url.URL `placeholder:"URL" required:"" help:"The server. Scheme, host and port count; the path is the client's."`
	watched
}

// Help is printed below the flags.
func (interceptCmd) Help() string {
	return fmt.Sprintf(`Stands between clients and a server, forwards every byte both ways as it came, and judges both sides by what went through. Point the clients at ADDR instead of the server; nothing else changes. It ends with SIGINT or SIGTERM: what is under way may take a few seconds more, then everything found is printed by client and server, and written to FILE for "vendconform report".

Passwords, tokens, PINs and card numbers are masked in all that is printed or written. Bodies are judged up to %d KiB; at most %d connections are open at a time. What cannot be judged is forwarded all the same, and counted.

Exit status: 0 if no error was found, 1 if one was, 2 if it could not run.

Example:

  vendconform intercept --listen 127.0.0.1:8483 --upstream http://127.0.0.1:8480/xmlvend --json intercept.json --record captured`, intercept.MaxBody>>10, intercept.MaxConnections)
}

// Run forwards until ctx ends.
func (c interceptCmd) Run(ctx context.Context, m Main) error {
	told, err := c.begin(m)
	if err != nil {
		return err
	}
	i, err := intercept.New(intercept.Config{Upstream: c.Upstream, OnFinding: told.found, Keep: told.keep, Log: told.log})
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return err
	}
	fmt.Fprintf(m.Stderr, "forwarding from %s to %s://%s; interrupt to end\n", l.Addr(), c.Upstream.Scheme, c.Upstream.Host)
	served := i.Serve(ctx, l)
	return c.end(m, i.Report(), served)
}
