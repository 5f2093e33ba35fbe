package main

import (
	"context"
	"errors"
	"fmt"
	"net"

	"golang.org/x/sync/errgroup"

	"github.com/vendswitch/vendswitch/conformance/sim/smsc"
)

type smscCmd struct {
	Listen  string   `default:"127.0.0.1:13013" help:"Where to serve sendsms, at /cgi-bin/sendsms, and control, at /control/."`
	SMPP    string   `name:"smpp" default:"127.0.0.1:2775" help:"Where to serve SMPP 3.4, for a real gateway in between; empty: nowhere."`
	Inbound string   `placeholder:"URL" help:"Where SMS from phones are posted to, with the secret of the switch; one may name another."`
	Fault   []string `sep:"none" placeholder:"FAULT" help:"Misbehave: a kind, then a count, a delay, as in drop-after,1 or slow,3s. May be repeated."`
}

// Help is printed below the flags.
func (smscCmd) Help() string {
	kinds := ""
	for _, k := range smsc.FaultKinds() {
		kinds += " " + string(k)
	}
	return fmt.Sprintf(`User (and SMPP system id) %s, password %s.

Faults:%s.

While it runs, GET /control/messages lists what phones have got; GET, POST and DELETE /control/faults show, add and clear faults; POST /control/inbound sends an SMS from a phone, in the form of kannel, africastalking or smpp:

  curl -s http://127.0.0.1:13013/control/inbound -d '{"from":"27821234567","to":"27820000001","text":"BAL"}'

Example:

  vendsim smsc --inbound http://127.0.0.1:8482/sms/kannel/SECRET
  vendsim smsc --fault drop-after,1 --fault slow,3s`, smsc.DemoUser, smsc.DemoPassword, kinds)
}

// Run serves the centre until ctx ends.
func (c smscCmd) Run(ctx context.Context, m Main) error {
	config := smsc.Config{Inbound: c.Inbound}
	for _, text := range c.Fault {
		fault, err := smsc.ParseFault(text)
		if err != nil {
			return err
		}
		config.Faults = append(config.Faults, fault)
	}
	centre, err := smsc.New(config)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	fmt.Fprintf(m.Stdout, "sendsms at http://%s/cgi-bin/sendsms, control at http://%s/control/\n", l.Addr(), l.Addr())
	if c.SMPP != "" {
		s, err := net.Listen("tcp", c.SMPP)
		if err != nil {
			return errors.Join(err, l.Close())
		}
		fmt.Fprintf(m.Stdout, "SMPP 3.4 at %s\n", s.Addr())
		group.Go(func() error { return centre.ServeSMPP(s) })
	}
	group.Go(func() error { return serve(ctx, l, centre) })
	return group.Wait()
}
