package main

import (
	"context"
	"fmt"
	"io"

	"github.com/alecthomas/kong"
)

// Main is one run of the command. Tests start it as the shell does.
type Main struct {
	Args           []string
	Stdout, Stderr io.Writer
}

// Exit codes.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

type cli struct {
	Demo    demoCmd    `cmd:"" help:"Start a switch in a simulated world, sell, and print the books."`
	Utility utilityCmd `cmd:"" help:"Be a utility's prepaid server: a small town with genuine STS tokens."`
	Bank    bankCmd    `cmd:"" help:"Be the operator's banks: tell of deposits by SMS and e-mail, in their words."`
	SMSC    smscCmd    `cmd:"" name:"smsc" help:"Be an SMS centre and gateway: take SMS as Kannel does and over SMPP, and send SMS from phones."`
}

// Run parses the command line and runs its verb. It returns the exit code.
func (m Main) Run(ctx context.Context) int {
	var c cli
	exit := -1
	parser, err := kong.New(&c,
		kong.Name("vendsim"),
		kong.Description("Simulators of the companies that a vending switch deals with. They speak the real protocols and can be made to fail."),
		kong.Writers(m.Stdout, m.Stderr),
		kong.Exit(func(code int) { exit = code }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
	)
	if err != nil {
		fmt.Fprintln(m.Stderr, "vendsim:", err)
		return exitUsage
	}
	verb, err := parser.Parse(m.Args)
	if exit >= 0 {
		return exit // --help has been printed
	}
	if err != nil {
		fmt.Fprintf(m.Stderr, "vendsim: %v\nRun `vendsim --help`, or `vendsim NAME --help` for an example.\n", err)
		return exitUsage
	}
	verb.BindTo(ctx, (*context.Context)(nil))
	if err := verb.Run(m); err != nil {
		fmt.Fprintln(m.Stderr, "vendsim:", err)
		return exitFailed
	}
	return exitOK
}
