package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/vendswitch/vendswitch/conformance/reference"
	"github.com/vendswitch/vendswitch/conformance/sim/utility"
)

type serveCmd struct {
	Listen string   `placeholder:"ADDR" default:"127.0.0.1:8482" help:"Where to serve XMLVend, at /xmlvend, and the table of meters, at /meters."`
	Meters bool     `help:"Print the table of meters and what each does, and end."`
	Client []string `sep:"none" placeholder:"EAN,OPERATOR,PASSWORD" help:"A client that may buy, besides the default one. May be repeated."`
	watched
}

// Help is printed below the flags.
func (serveCmd) Help() string {
	c := utility.DemoClient()
	return fmt.Sprintf(`A vending server for clients under test. How it behaves depends on the meter: most sell or refuse in an ordinary way, others leave a vend unanswered, answer late, twice or with garbage. The client is judged by what it then does. The table of meters is printed by --meters.

Client %s, terminal 1, operator %s, password %s may buy. It ends with SIGINT or SIGTERM: then everything found is printed by client, and written to FILE for "vendconform report".

Exit status: 0 if no error was found, 1 if one was, 2 if it could not run.

Examples:

  vendconform serve --meters

  vendconform serve --listen 127.0.0.1:8482 --json serve.json`, c.EAN, c.Operator, c.Password)
}

// Run serves until ctx ends.
func (c serveCmd) Run(ctx context.Context, m Main) error {
	if c.Meters {
		return reference.WriteScripts(m.Stdout)
	}
	clients, err := c.clients()
	if err != nil {
		return err
	}
	told, err := c.begin(m)
	if err != nil {
		return err
	}
	server, err := reference.New(reference.Config{Clients: clients, Seed: 1, OnFinding: told.found, Keep: told.keep, Log: told.log})
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", c.Listen)
	if err != nil {
		server.Close()
		return err
	}
	fmt.Fprintf(m.Stderr, "XMLVend at http://%s/xmlvend, the table of meters at http://%s/meters; interrupt to end\n", l.Addr(), l.Addr())
	served := server.Serve(ctx, l)
	return c.end(m, server.Report(), served)
}

func (c serveCmd) clients() ([]utility.Client, error) {
	clients := []utility.Client{utility.DemoClient()}
	for _, text := range c.Client {
		ean, rest, _ := strings.Cut(text, ",")
		operator, password, found := strings.Cut(rest, ",")
		if !found {
			return nil, errors.New("a client is given as EAN,OPERATOR,PASSWORD")
		}
		client := utility.DemoClient()
		client.EAN, client.Operator, client.Password, client.Name = ean, operator, password, "Client under test"
		clients = append(clients, client)
	}
	return clients, nil
}
