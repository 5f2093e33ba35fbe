package utility

import (
	"fmt"
	"net/url"
	"time"

	"github.com/vendswitch/vendswitch/xmlvend"
)

// Config describes a vendor account on a utility's prepaid server.
type Config struct {
	Supplier string // code, for reasons and errors
	URL      string // of the server; http or https

	ClientID   string         // our vendor account; an EAN if it is one
	TerminalID string         // empty: "1", the client is itself the terminal
	OpName     string         // empty: no credentials are sent
	Password   xmlvend.Secret // of OpName

	Dialect  string   // of xmlvend; empty: the standard
	Declined []string // fault classes and codes that mean "nothing was sold"; empty: DefaultDeclined

	// Currency of amounts that carry no symbol, ISO 4217. Empty: ZAR.
	Currency string
	// Zone is the server's, for response times without an offset. Nil: UTC.
	Zone *time.Location
	// ProbeMeter is the meter that Probe asks for. Empty: a number with a right
	// check digit that no meter has.
	ProbeMeter string
}

// Defaults of Config.
const (
	DefaultTerminalID = "1"
	DefaultCurrency   = "ZAR"
	DefaultProbeMeter = "00000000000"
)

func (c Config) withDefaults() Config {
	orDefault(&c.TerminalID, DefaultTerminalID)
	orDefault(&c.Currency, DefaultCurrency)
	orDefault(&c.ProbeMeter, DefaultProbeMeter)
	orDefault(&c.Zone, time.UTC)
	orDefault(&c.Dialect, xmlvend.Strict().Name())
	return c
}

// check returns the dialect, if the settings can be.
func (c Config) check() (*xmlvend.Dialect, error) {
	if u, err := url.Parse(c.URL); err == nil && u.User != nil {
		return nil, fmt.Errorf("supplier %s: the URL must not hold a password", c.Supplier)
	}
	if c.ClientID == "" {
		return nil, fmt.Errorf("supplier %s: no client id", c.Supplier)
	}
	if err := xmlvend.CheckDialect(c.Dialect); err != nil {
		return nil, fmt.Errorf("supplier %s: %w", c.Supplier, err)
	}
	dialect, _ := xmlvend.DialectByName(c.Dialect)
	return dialect, nil
}

func orDefault[T comparable](value *T, standard T) {
	var zero T
	if *value == zero {
		*value = standard
	}
}
