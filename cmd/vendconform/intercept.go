package main

import (
	"context"
	"fmt"
	"net"
	"net/url"

	"github.com/vendswitch/vendswitch/conformance"
	"github.com/vendswitch/vendswitch/conformance/intercept"
)

type interceptCmd struct {
	Listen   string   `placeholder:"ADDR" default:"127.0.0.1:8483" help:"Where clients connect."`
	Upstream *url.URL `placeholder:"URL" required:"" help:"The server. Scheme, host and port count; the path is the client's."`
	JSON     string   `placeholder:"FILE" help:"Write the report here at the end; - is the standard output."`
	Record   string   `placeholder:"DIR" help:"Keep each exchange here, redacted, in a file of its own."`
	Quiet    bool     `help:"Do not print findings as they come."`
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
	out := &aloud{w: m.Stderr}
	config := intercept.Config{Upstream: c.Upstream, Plain: true, OnFinding: out.finding, Log: out.log}
	if c.Quiet {
		config.OnFinding = nil
	}
	if c.Record != "" {
		r, err := newRecorder(c.Record)
		if err != nil {
			return err
		}
		config.Keep = r.keep
	}
	i, err := intercept.New(config)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return err
	}
	fmt.Fprintf(m.Stderr, "forwarding from %s to %s://%s; interrupt to end\n", l.Addr(), c.Upstream.Scheme, c.Upstream.Host)
	served := i.Serve(ctx, l)
	report := i.Report()
	if err := c.finish(m, report); err != nil {
		return err
	}
	if served != nil {
		return served
	}
	return failed(report)
}

func (c interceptCmd) finish(m Main, report conformance.Report) error {
	summary(m.Stderr, report)
	if c.JSON == "" {
		return nil
	}
	return writeJSON(c.JSON, m.Stdout, report)
}
