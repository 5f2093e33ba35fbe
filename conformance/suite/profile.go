package suite

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// Profile says who may buy at a server, for which meters, and what it can do.
type Profile struct {
	URL          string            `toml:"url"`
	Client       string            `toml:"client"` // EAN
	Terminal     string            `toml:"terminal"`
	Operator     string            `toml:"operator"`
	Password     string            `toml:"password"`
	PasswordFile string            `toml:"password_file"`
	PasswordEnv  string            `toml:"password_env"`
	Currency     string            `toml:"currency"`
	Product      string            `toml:"product"`      // of vouchers
	OnDuplicate  string            `toml:"on_duplicate"` // replay or refuse
	Operations   []string          `toml:"operations"`   // request elements that are supported
	Features     []string          `toml:"features"`     // see Features
	Amounts      Amounts           `toml:"amounts"`
	Meters       map[string]string `toml:"meters"` // by kind
	TLS          TLS               `toml:"tls"`
}

// Amounts are what the cases buy for, as written on the wire.
type Amounts struct {
	Buy   string `toml:"buy"`
	Other string `toml:"other"`
	Below string `toml:"below"` // less than the least that is sold
	Above string `toml:"above"` // more than the most that is sold
	Large string `toml:"large"` // enough for charges, debts and key changes too
}

// TLS names files in PEM.
type TLS struct {
	CA   string `toml:"ca"`
	Cert string `toml:"cert"`
	Key  string `toml:"key"`
}

// Features are what a profile may say a server can do beyond the standard's minimum.
var Features = map[string]string{
	"gzip":            "reads compressed requests and compresses answers",
	"soap12":          "answers SOAP 1.2 in SOAP 1.2",
	"terminals":       "refuses terminals it does not know",
	"void":            "refuses a vend whose message id it has denied by LastResponseEx",
	"customer-search": "finds customers by name",
	"must-understand": "refuses header blocks that must be understood",
	"confirmation":    "answers confirmation advices",
	"reversal":        "answers reversal advices",
	"digest":          "refuses another request under a used message id",
	"new-password":    "lets a request change the password; the run changes it to Interim9pass, and back again, unless the server stops answering in between",
}

// ReadProfile reads a profile. A key it does not know is an error.
func ReadProfile(file string) (Profile, error) {
	var p Profile
	meta, err := toml.DecodeFile(file, &p)
	if err != nil {
		return p, fmt.Errorf("profile %s: %w", file, err)
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return p, fmt.Errorf("profile %s: there is no key %s", file, unknown[0])
	}
	if err := p.secret(); err != nil {
		return p, fmt.Errorf("profile %s: %w", file, err)
	}
	if err := p.Validate(); err != nil {
		return p, fmt.Errorf("profile %s: %w", file, err)
	}
	return p, nil
}

// secret finds the password, which is given in one of three ways.
func (p *Profile) secret() error {
	given := 0
	for _, way := range []string{p.Password, p.PasswordFile, p.PasswordEnv} {
		if way != "" {
			given++
		}
	}
	if given != 1 {
		return errors.New("give one of password, password_file and password_env")
	}
	switch {
	case p.PasswordFile != "":
		text, err := os.ReadFile(p.PasswordFile)
		if err != nil {
			return err
		}
		p.Password = strings.TrimRight(string(text), "\r\n")
	case p.PasswordEnv != "":
		p.Password = os.Getenv(p.PasswordEnv)
	}
	if p.Password == "" {
		return errors.New("the password is empty")
	}
	return nil
}

// Validate says what is missing or cannot be.
func (p Profile) Validate() error {
	for name, value := range map[string]string{
		"client": p.Client, "terminal": p.Terminal, "operator": p.Operator, "password": p.Password,
		"currency": p.Currency, "amounts.buy": p.Amounts.Buy, "amounts.other": p.Amounts.Other, "meters.good": p.Meters["good"],
	} {
		if value == "" {
			return fmt.Errorf("%s is missing", name)
		}
	}
	if p.OnDuplicate != "replay" && p.OnDuplicate != "refuse" {
		return fmt.Errorf("on_duplicate is %q, want replay or refuse", p.OnDuplicate)
	}
	known := Operations()
	for _, op := range p.Operations {
		if !slices.Contains(known, op) {
			return fmt.Errorf("operations: %q is no request of XMLVend 2.1", op)
		}
	}
	for _, feature := range p.Features {
		if Features[feature] == "" {
			return fmt.Errorf("features: there is no %q", feature)
		}
	}
	if (p.TLS.Cert == "") != (p.TLS.Key == "") {
		return errors.New("tls: cert and key belong together")
	}
	return nil
}

// lacks says what a need of a case is missing; "" if nothing.
func (p Profile) lacks(need, operation string) string {
	kind, name, _ := strings.Cut(need, ":")
	switch {
	case kind == "unsupported" && slices.Contains(p.Operations, operation):
		return "the server supports " + operation
	case kind == "meter" && p.Meters[name] == "":
		return "the profile has no meter of kind " + name
	case kind == "duplicates" && p.OnDuplicate != name:
		return "the server does not " + name + " repeated message ids"
	case kind == "feature" && !slices.Contains(p.Features, name):
		return "the server does not claim: " + Features[name]
	case kind == "product" && p.Product == "":
		return "the profile has no product"
	case need == "amount:below" && p.Amounts.Below == "", need == "amount:above" && p.Amounts.Above == "", need == "amount:large" && p.Amounts.Large == "":
		return "the profile has no amount: " + name
	}
	return ""
}

// needKinds are the words a need may begin with.
var needKinds = []string{"unsupported", "meter", "duplicates", "feature", "product", "amount"}

// WriteFile writes the profile, whole or not at all, readable by its owner alone: it
// holds the password.
func (p Profile) WriteFile(name string) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".profile-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // gone already if all went well
	if err := errors.Join(toml.NewEncoder(f).Encode(p), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}
