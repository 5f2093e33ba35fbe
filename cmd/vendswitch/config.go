package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"strings"
	"time"
	_ "time/tzdata" // zones, wherever the switch runs

	"github.com/BurntSushi/toml"
	"github.com/caarlos0/env/v11"
)

// DefaultConfig is read when no settings file is named; it need not exist.
const DefaultConfig = "vendswitch.toml"

// Config are the settings of a node. Each key may be overridden by an environment
// variable: VENDSWITCH_ and the key's path in capitals, as in
// VENDSWITCH_DATABASE_DSN. A key that is not known is an error.
type Config struct {
	Node     string          `toml:"node" env:"NODE"`
	Zone     zone            `toml:"zone" env:"ZONE"` // of times shown to people, as in "Africa/Johannesburg"
	Database DatabaseConfig  `toml:"database" envPrefix:"DATABASE_"`
	Keys     KeysConfig      `toml:"keys" envPrefix:"KEYS_"`
	Server   ServerConfig    `toml:"server" envPrefix:"SERVER_"`
	Supplier SuppliersConfig `toml:"supplier" env:"-"` // by supplier code
	Sale     SaleConfig      `toml:"sale" envPrefix:"SALE_"`
	Deposit  DepositConfig   `toml:"deposit" envPrefix:"DEPOSIT_"`
	Mail     MailConfig      `toml:"mail" envPrefix:"MAIL_"`
	Stock    StockConfig     `toml:"stock" envPrefix:"STOCK_"`
	SMS      SMSConfig       `toml:"sms" envPrefix:"SMS_"`
	Audit    AuditConfig     `toml:"audit" envPrefix:"AUDIT_"`
	Log      LogConfig       `toml:"log" envPrefix:"LOG_"`
}

// DatabaseConfig names the database.
type DatabaseConfig struct {
	Driver  string `toml:"driver" env:"DRIVER"`     // "sqlite" or "postgres"
	DSN     string `toml:"dsn" env:"DSN"`           // a file, or a connection string with its sslmode
	DSNFile string `toml:"dsn_file" env:"DSN_FILE"` // a file that holds the DSN, for one with a password
}

// KeysConfig names the file of keys that PINs and tokens are sealed with.
type KeysConfig struct {
	File string `toml:"file" env:"FILE"`
}

// ServerConfig is where the switch listens.
type ServerConfig struct {
	ID         string   `toml:"id" env:"ID"`                 // serverID in answers: an EAN
	Listen     string   `toml:"listen" env:"LISTEN"`         // XMLVend
	PublicURL  string   `toml:"public_url" env:"PUBLIC_URL"` // of XMLVend in the WSDL, where clients reach it by another address
	Operations string   `toml:"operations" env:"OPERATIONS"` // health, readiness, metrics
	Grace      duration `toml:"grace" env:"GRACE"`           // how long a shutdown waits for sales in flight

	Plain bool            `toml:"plain" env:"PLAIN"` // without TLS, also where others can listen in
	TLS   ServerTLSConfig `toml:"tls" envPrefix:"TLS_"`
}

// SaleConfig bounds a sale.
type SaleConfig struct {
	AnswerBudget duration   `toml:"answer_budget" env:"ANSWER_BUDGET"`
	ExpiryMargin duration   `toml:"expiry_margin" env:"EXPIRY_MARGIN"` // vouchers expiring sooner are not sold
	ResolverTick duration   `toml:"resolver_tick" env:"RESOLVER_TICK"`
	Advices      []duration `toml:"advices" env:"ADVICES"` // waits between questions about an unknown outcome; the last repeats
}

// AuditConfig is about the chain of seals over the journal.
type AuditConfig struct {
	Interval duration `toml:"interval" env:"INTERVAL"` // the unsealed window
	Heads    string   `toml:"heads" env:"HEADS"`       // file that signed heads are published to
}

// LogConfig is about the log on standard error.
type LogConfig struct {
	Level  string `toml:"level" env:"LEVEL"`   // debug, info, warn, error
	Format string `toml:"format" env:"FORMAT"` // text or json
}

// duration is a time.Duration written as in "25s".
type duration time.Duration

// UnmarshalText reads a duration that is not negative.
func (d *duration) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	if err != nil {
		return err
	}
	if parsed < 0 {
		return fmt.Errorf("%s is negative", text)
	}
	*d = duration(parsed)
	return nil
}

// zone is a time zone by its name in the IANA database.
type zone struct{ *time.Location }

// UnmarshalText finds the zone.
func (z *zone) UnmarshalText(name []byte) (err error) {
	z.Location, err = time.LoadLocation(string(name))
	return err
}

// defaultZone is South Africa's: two hours east of Greenwich, all year.
const defaultZone = "Africa/Johannesburg"

func defaultConfig() Config {
	var home zone
	if err := home.UnmarshalText([]byte(defaultZone)); err != nil {
		panic(err) // the zones are compiled in
	}
	host, err := os.Hostname()
	if err != nil || host == "" {
		host = "node"
	}
	return Config{
		Node:     host,
		Zone:     home,
		Database: DatabaseConfig{Driver: "sqlite", DSN: "var/vendswitch.db"},
		Keys:     KeysConfig{File: "var/keys.toml"},
		Server: ServerConfig{
			ID:         "6000000000004",
			Listen:     "127.0.0.1:8480",
			Operations: "127.0.0.1:8481",
			Grace:      duration(30 * time.Second),
			TLS:        ServerTLSConfig{MinVersion: "1.2"},
		},
		Deposit: DepositConfig{IntakeConfig: defaultIntake()},
		Audit:   AuditConfig{Interval: duration(time.Second), Heads: "var/heads.jsonl"},
		Log:     LogConfig{Level: "info", Format: "text"},
	}
}

// readConfig reads the settings file and the environment. Without a name the
// default file is read if it exists.
func readConfig(file string, environ map[string]string) (Config, error) {
	c := defaultConfig()
	name := file
	if name == "" {
		name = DefaultConfig
	}
	meta, err := toml.DecodeFile(name, &c)
	switch {
	case file == "" && errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return c, fmt.Errorf("settings file %s: %w", name, err)
	default:
		if unknown := meta.Undecoded(); len(unknown) > 0 {
			keys := make([]string, len(unknown))
			for i, k := range unknown {
				keys[i] = k.String()
			}
			return c, fmt.Errorf("settings file %s: unknown key %s", name, strings.Join(keys, ", "))
		}
	}
	if err := env.ParseWithOptions(&c, env.Options{Prefix: "VENDSWITCH_", Environment: environ}); err != nil {
		return c, fmt.Errorf("settings from the environment: %w", err)
	}
	if c.Database.DSNFile != "" {
		dsn, err := os.ReadFile(c.Database.DSNFile)
		if err != nil {
			return c, fmt.Errorf("database.dsn_file: %w", err)
		}
		c.Database.DSN = strings.TrimSpace(string(dsn))
	}
	return c, c.check()
}

func (c Config) check() error {
	errs := []error{c.Server.check(), c.Supplier.check()}
	if c.Database.Driver != "sqlite" && c.Database.Driver != "postgres" {
		errs = append(errs, fmt.Errorf("database.driver is %q: it must be sqlite or postgres", c.Database.Driver))
	}
	if c.Log.Format != "text" && c.Log.Format != "json" {
		errs = append(errs, fmt.Errorf("log.format is %q: it must be text or json", c.Log.Format))
	}
	if c.Node == "" {
		errs = append(errs, errors.New("node is empty: every node needs a name of its own"))
	}
	errs = append(errs, c.Deposit.check(), c.Mail.check(), c.SMS.check(), c.Stock.check(c.Mail), c.Deposit.checkSources(c.Mail, c.SMS.Inbound.BankNumber))
	if c.Stock.Mailbox != "" && c.Stock.Mailbox == c.Deposit.Mail.Mailbox {
		errs = append(errs, fmt.Errorf("stock.mailbox and deposit.mail.mailbox are both %q: suppliers and banks need a mailbox each, or a folder each of one account", c.Stock.Mailbox))
	}
	if c.Server.PublicURL != "" && !isWebAddress(c.Server.PublicURL) {
		errs = append(errs, fmt.Errorf("server.public_url is %q: it must be a whole URL, such as https://vend.example.com/xmlvend", c.Server.PublicURL))
	}
	return errors.Join(errs...)
}

// isWebAddress reports a URL that a client can send requests to.
func isWebAddress(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.User == nil
}
