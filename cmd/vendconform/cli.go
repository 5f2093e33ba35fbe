package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/alecthomas/kong"
)

// Main is one run of the command. Tests start it as the shell does.
type Main struct {
	Args           []string
	Stdin          io.Reader
	Stdout, Stderr io.Writer
}

// Exit codes.
const (
	exitOK     = 0
	exitFailed = 1 // something was found wrong with what was judged
	exitUsage  = 2 // nothing was judged, or not everything
)

// cli is the command line.
type cli struct {
	Validate  validateCmd  `cmd:"" help:"Check documents against the schemas of XMLVend 2.1."`
	Run       runCmd       `cmd:"" help:"Drive a server through the cases of the suite. It buys."`
	Coverage  coverageCmd  `cmd:"" help:"Show which case covers what, and what none can."`
	Intercept interceptCmd `cmd:"" help:"Stand between clients and a server, and judge both."`
	Serve     serveCmd     `cmd:"" help:"Be a server for clients under test, and judge them."`
	Report    reportCmd    `cmd:"" help:"Turn reports into a page, JUnit XML, or one report."`
}

// errFound fails the command after it has said what it found.
var errFound = errors.New("something was found wrong")

// Run parses the command line and runs its verb. It returns the exit code.
func (m Main) Run(ctx context.Context) int {
	var c cli
	exit := -1
	parser, err := kong.New(&c,
		kong.Name("vendconform"),
		kong.Description("Judges XMLVend documents, clients and servers, by the schemas that the switch itself goes by."),
		kong.Writers(m.Stdout, m.Stderr),
		kong.Exit(func(code int) { exit = code }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
	)
	if err != nil {
		fmt.Fprintln(m.Stderr, "vendconform:", err)
		return exitUsage
	}
	verb, err := parser.Parse(m.Args)
	if exit >= 0 {
		return exit // --help has been printed
	}
	if err != nil {
		fmt.Fprintf(m.Stderr, "vendconform: %v\nRun `vendconform --help`, or `vendconform VERB --help` for an example.\n", err)
		return exitUsage
	}
	verb.BindTo(ctx, (*context.Context)(nil))
	switch err := verb.Run(m); {
	case err == nil:
		return exitOK
	case errors.Is(err, errFound):
		return exitFailed
	default:
		fmt.Fprintln(m.Stderr, "vendconform:", err)
		return exitUsage
	}
}
