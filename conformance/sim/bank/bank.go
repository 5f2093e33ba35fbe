package bank

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/vendswitch/vendswitch/conformance/sim/smsc"
)

// Bank is one of the banks.
type Bank string

// The banks.
const (
	FNB          Bank = "fnb"
	StandardBank Bank = "standardbank"
	Absa         Bank = "absa"
	Nedbank      Bank = "nedbank"
	Capitec      Bank = "capitec"
)

var banks = []Bank{FNB, StandardBank, Absa, Nedbank, Capitec}

// Banks returns all banks.
func Banks() []Bank { return slices.Clone(banks) }

// Method is how a depositor pays.
type Method string

// The methods.
const (
	EFT  Method = "eft"
	Cash Method = "cash"
)

// Account is one that the operator has at a bank.
type Account struct {
	Bank    Bank   `json:"bank"`
	Suffix  string `json:"suffix"`  // the digits of its number that the bank prints
	Balance int64  `json:"balance"` // cents
}

// Config describes the banks. The zero value tells nobody anything.
type Config struct {
	Accounts []Account // nil: DemoAccounts()
	Operator string    // in the greeting of mails; empty: EVD OPERATOR (PTY) LTD
	SMS      SMS
	Mail     Mail
	Now      func() time.Time // nil: time.Now
	Zone     *time.Location   // of dates in messages; nil: two hours east of Greenwich
}

// SMS says where SMS go.
type SMS struct {
	Centre *smsc.Server // that they go by; nil: one of its own
	Form   smsc.Form    // empty: Kannel
	URL    string       // of the switch, with the secret; empty: none are sent, or to the centre's own
	To     string       // the operator's number; empty: none are sent
}

// Mail says where mails go: by SMTP, into a folder, or both.
type Mail struct {
	SMTP   string // host:port of a server that takes them without a password; empty: none are sent
	Folder string // that they are written to as NAME.eml, made if it is not there; empty: none are written
	To     string // empty: deposits@evd-operator.example
	Server string // the operator's mail server, which judges them; empty: mx.evd-operator.example
}

const (
	defaultOperator = "EVD OPERATOR (PTY) LTD"
	defaultTo       = "deposits@evd-operator.example"
	defaultServer   = "mx.evd-operator.example"
	hoursEast       = 2 * 60 * 60
)

// DemoAccounts are an account at each bank, of an operator who does not exist.
func DemoAccounts() []Account {
	return []Account{
		{FNB, "482913", 1_500_000}, {StandardBank, "6025", 4_636_135}, {Absa, "6485", 900_000},
		{Nedbank, "9912", 5_575_213}, {Capitec, "3301", 76_000},
	}
}

// Server is the banks, and the handler of their control interface.
type Server struct {
	config Config
	mux    *http.ServeMux
	own    *smsc.Server // the centre, if it is ours

	mu       sync.Mutex
	accounts map[Bank]*Account
	last     int
	held     []notice // what a fault holds back
}

var errConfig = errors.New("bank: it cannot be set up so")

// New returns the banks.
func New(c Config) (*Server, error) {
	if c.Accounts == nil {
		c.Accounts = DemoAccounts()
	}
	c.Operator, c.Mail.To, c.Mail.Server = cmp.Or(c.Operator, defaultOperator), cmp.Or(c.Mail.To, defaultTo), cmp.Or(c.Mail.Server, defaultServer)
	c.Zone = cmp.Or(c.Zone, time.FixedZone("SAST", hoursEast))
	if c.Now == nil {
		c.Now = time.Now
	}
	s := &Server{config: c, mux: http.NewServeMux(), accounts: map[Bank]*Account{}}
	for _, a := range c.Accounts {
		if !slices.Contains(banks, a.Bank) || a.Suffix == "" || s.accounts[a.Bank] != nil {
			return nil, fmt.Errorf("%w: an account needs one of the banks %v, digits of its number, and a bank of its own", errConfig, banks)
		}
		s.accounts[a.Bank] = &a
	}
	if c.Mail.Folder != "" {
		if err := os.MkdirAll(c.Mail.Folder, 0o700); err != nil {
			return nil, fmt.Errorf("%w: the folder for mails: %w", errConfig, err)
		}
	}
	if c.SMS.Centre == nil {
		own, err := smsc.New(smsc.Config{Now: c.Now})
		if err != nil {
			return nil, err
		}
		s.own, s.config.SMS.Centre = own, own
	}
	s.control()
	return s, nil
}

// ServeHTTP serves the control interface.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// Close ends what is under way. A centre that was given goes on.
func (s *Server) Close() {
	if s.own != nil {
		s.own.Close()
	}
}

// Accounts returns the accounts with what they have come to.
func (s *Server) Accounts() []Account {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []Account
	for _, bank := range banks {
		if a := s.accounts[bank]; a != nil {
			all = append(all, *a)
		}
	}
	return all
}
