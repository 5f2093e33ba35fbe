package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os/user"
	"strconv"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/vault"
	"github.com/vendswitch/vendswitch/upstream/stockmail"
)

// Main is one run of the command. Tests start it as the shell does.
type Main struct {
	Args           []string
	Environ        []string
	Stdin          io.Reader
	Stdout, Stderr io.Writer
}

// Exit codes.
const (
	exitOK     = 0
	exitFailed = 1 // what was asked for could not be done, or was found wrong
	exitUsage  = 2
)

// cli is the command line.
type cli struct {
	Config string `short:"c" placeholder:"FILE" help:"Settings file. Default: ${default_config}, if it is there."`
	JSON   bool   `help:"Print JSON instead of a table."`
	By     string `placeholder:"NAME" help:"Who does this; written into the journal. Default: VENDSWITCH_BY, or the login name (${user})."`

	Credential string `placeholder:"FILE" help:"File whose first line is that operator's password. Default: VENDSWITCH_CREDENTIAL."`

	Serve     serveCmd     `cmd:"" help:"Serve XMLVend until stopped."`
	Migrate   migrateCmd   `cmd:"" help:"Bring the database's schema up to date."`
	Keys      keysCmd      `cmd:"" help:"The key file, and certificates for development."`
	Operator  operatorCmd  `cmd:"" help:"The people who run the switch."`
	Merchant  merchantCmd  `cmd:"" help:"Merchants and their floats."`
	Client    clientCmd    `cmd:"" help:"Vending clients: POS concentrators and EVD platforms."`
	Terminal  terminalCmd  `cmd:"" help:"Terminals behind a client."`
	Cashier   cashierCmd   `cmd:"" help:"Operator names and passwords of a client."`
	Supplier  supplierCmd  `cmd:"" help:"Suppliers, and which meters are theirs."`
	Product   productCmd   `cmd:"" help:"What is on sale."`
	Stock     stockCmd     `cmd:"" help:"Voucher stock."`
	Sale      saleCmd      `cmd:"" help:"Sales, their legs, and outcomes that a person must settle."`
	Deposit   depositCmd   `cmd:"" help:"Money that banks say has come in, and the messages that say so."`
	Notice    noticeCmd    `cmd:"" help:"What merchants are told of their money."`
	Batch     batchCmd     `cmd:"" help:"Batches and deposit slips of clients."`
	Exception exceptionCmd `cmd:"" help:"What needs a person's eye."`
	Report    reportCmd    `cmd:"" help:"The journal, the postings, the trial balance."`
	Audit     auditCmd     `cmd:"" help:"Prove that the books are right."`
}

// session is what every verb gets: the settings, and the database on demand.
type session struct {
	Main
	cli        *cli
	config     Config
	credential string // file of the operator's password, if any
	log        *slog.Logger
	store      *ledger.Store
	keyring    *vault.Keyring
}

// parser makes the parser of the command line. exit is called once help has been
// printed.
func (m Main) parser(c *cli, exit func(code int)) (*kong.Kong, error) {
	return kong.New(c,
		kong.Name("vendswitch"),
		kong.Description("An XMLvend-first vending switch. Set it up with `vendswitch keys init`, `migrate`, then add a supplier, a product, a merchant, a client and a terminal; `serve` sells."),
		kong.Writers(m.Stdout, m.Stderr),
		kong.Exit(exit),
		kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.Vars{"default_config": DefaultConfig, "user": loginName()},
		kong.Vars(supplierDefaults()),
		kong.Vars{"lead_days": strconv.Itoa(stockmail.DefaultLeadDays), "safety_days": strconv.Itoa(stockmail.DefaultSafetyDays)},
	)
}

// Run parses the command line and runs its verb. It returns the exit code.
func (m Main) Run(ctx context.Context) int {
	var c cli
	exit := -1
	parser, err := m.parser(&c, func(code int) { exit = code })
	if err != nil {
		fmt.Fprintln(m.Stderr, "vendswitch:", err)
		return exitUsage
	}
	verb, err := parser.Parse(m.Args)
	if exit >= 0 {
		return exit // --help has been printed
	}
	if err != nil {
		fmt.Fprintf(m.Stderr, "vendswitch: %v\nRun `vendswitch --help`, or `vendswitch VERB --help` for an example.\n", err)
		return exitUsage
	}
	vars := environment(m.Environ)
	c.By = cmp.Or(c.By, vars["VENDSWITCH_BY"], loginName())
	config, err := readConfig(c.Config, vars)
	if err != nil {
		fmt.Fprintln(m.Stderr, "vendswitch:", err)
		return exitUsage
	}
	s := &session{Main: m, cli: &c, config: config, log: newLogger(m.Stderr, config.Log),
		credential: cmp.Or(c.Credential, vars["VENDSWITCH_CREDENTIAL"])}
	defer s.close()
	verb.BindTo(ctx, (*context.Context)(nil))
	if err := verb.Run(s); err != nil {
		if !errors.Is(err, errReported) {
			fmt.Fprintln(m.Stderr, "vendswitch:", err)
		}
		return exitFailed
	}
	return exitOK
}

// errReported fails the command after it has said why itself.
var errReported = errors.New("reported")

func loginName() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "operator"
}

func environment(environ []string) map[string]string {
	vars := make(map[string]string, len(environ))
	for _, kv := range environ {
		name, value, _ := strings.Cut(kv, "=")
		vars[name] = value
	}
	return vars
}

func newLogger(w io.Writer, c LogConfig) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.Level)); err != nil {
		level = slog.LevelInfo
	}
	options := &slog.HandlerOptions{Level: level}
	if c.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}

// open opens the database, once.
func (s *session) open(ctx context.Context) (*ledger.Store, error) {
	if s.store != nil {
		return s.store, nil
	}
	keyring, err := vault.Load(s.config.Keys.File)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("keys: %w (for a new database, make them with `vendswitch keys init`; for one in use, restore your copy)", err)
	case err != nil:
		return nil, fmt.Errorf("keys: %w", err)
	}
	store, err := ledger.Open(ctx, ledger.Options{
		Driver: s.config.Database.Driver,
		DSN:    s.config.Database.DSN,
		Node:   s.config.Node,
		Sealer: keyring,
		Log:    s.log,
	})
	if err != nil {
		return nil, err
	}
	s.store, s.keyring = store, keyring
	return store, nil
}

func (s *session) close() {
	if s.store == nil {
		return
	}
	if err := s.store.Close(); err != nil {
		fmt.Fprintln(s.Stderr, "vendswitch: closing the database:", err)
	}
}

// now is the command's clock.
func (s *session) now() time.Time { return time.Now() }
