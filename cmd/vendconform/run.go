package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/vendswitch/vendswitch/conformance"
	"github.com/vendswitch/vendswitch/conformance/suite"
)

type runCmd struct {
	Profile   string `required:"" placeholder:"FILE" help:"Who buys, for which meters, and what the server can do."`
	Target    string `placeholder:"URL" help:"The server, instead of the profile's url."`
	Case      string `placeholder:"GLOB" help:"Run only the cases of these names."`
	Operation string `placeholder:"NAME" help:"Run only the cases of this request, such as creditVendReq."`
	JSON      string `placeholder:"FILE" help:"Write the report here for vendconform report; - is the standard output."`
	Verbose   bool   `short:"v" help:"Show the messages of each failure, without their secrets."`
}

// Help is printed below the flags.
func (runCmd) Help() string {
	var features strings.Builder
	for _, name := range slices.Sorted(maps.Keys(suite.Features)) {
		fmt.Fprintf(&features, "  %-16s the server %s\n", name, suite.Features[name])
	}
	return `Drives an XMLVend server through the cases of the suite. It BUYS: about fifty tokens for amounts.buy or amounts.other, and a few for amounts.large. Do not run it on an account whose money matters.

A case whose needs the profile does not meet is n/a, with the reason.

A profile:

  url = "http://127.0.0.1:8480/xmlvend"
  client = "6009990000018"
  terminal = "1"
  operator = "THANDI"
  password = "Sample123"           # or password_file, or password_env
  currency = "ZAR"
  on_duplicate = "replay"          # or "refuse": what happens to a repeated vend
  operations = ["confirmCustomerReq", "trialCreditVendReq", "creditVendReq", "adviceReq"]
  features = ["gzip", "soap12"]
  product = "CELLX10"              # if the server sells vouchers

  [amounts]
  buy = "20.00"
  other = "30.00"
  below = "1.00"                   # less than the least that is sold
  above = "9000.00"                # more than the most that is sold
  large = "200.00"                 # enough for charges and debts too

  [meters]
  good = "01000001014"
  unknown = "01000003036"          # and blocked, wrongCheckDigit, debt, freeBasic, serviceCharge, keyChange, keyExpired, …

  [tls]                            # PEM files
  ca = "ca.pem"
  cert = "client.pem"
  key = "client.key"

Features:

` + features.String() + `
Exit status: 0 if nothing failed, 1 if a case failed, 2 if it could not run.

Examples:

  vendconform run --profile var/demo/profile.toml

  vendconform run --profile utility.toml --target https://vending.example/xmlvend --case 'advice-*' -v --json run.json`
}

// Run runs the cases.
func (c runCmd) Run(ctx context.Context, m Main) error {
	profile, err := suite.ReadProfile(c.Profile)
	if err != nil {
		return err
	}
	if c.Target != "" {
		profile.URL = c.Target
	}
	if profile.URL == "" {
		return fmt.Errorf("no server: give --target, or url in %s", c.Profile)
	}
	out := m.Stdout
	if c.JSON == "-" {
		out = m.Stderr
	}
	counts := map[conformance.Verdict]int{}
	report, err := suite.Run(ctx, suite.Options{Profile: profile, Case: c.Case, Operation: c.Operation, Each: func(r conformance.Result) {
		counts[r.Verdict]++
		c.print(out, r)
	}})
	if err != nil {
		return err
	}
	report.Profile = c.Profile
	fmt.Fprintf(out, "\n%d cases: %d passed, %d failed, %d not applicable; %d exchanges with %s\n",
		len(report.Results), counts[conformance.Pass], counts[conformance.Fail], counts[conformance.NotApplicable], report.Exchange, report.Target)
	if c.JSON != "" {
		if err := writeJSON(c.JSON, m.Stdout, report); err != nil {
			return err
		}
	}
	return failed(report)
}

func (c runCmd) print(out io.Writer, r conformance.Result) {
	fmt.Fprintf(out, "%-4s  %s", r.Verdict, r.Case)
	if r.Reason != "" {
		fmt.Fprintf(out, ": %s", r.Reason)
	}
	fmt.Fprintln(out)
	if r.Verdict != conformance.Fail {
		return
	}
	fmt.Fprintf(out, "      %s\n      %s\n", r.Title, r.Clause)
	if c.Verbose {
		for i, x := range r.Exchanges {
			fmt.Fprintf(out, "--- request %d\n%s\n--- answer %d, status %d %s\n%s\n", i+1, x.Request, i+1, x.Status, x.Error, x.Response)
		}
	}
}
