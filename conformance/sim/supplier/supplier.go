package supplier

import (
	"cmp"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/ProtonMail/gopenpgp/v3/crypto"
)

// Config describes a supplier. The zero value is the default one.
type Config struct {
	Code    string           // as in the first line of its files; "": DefaultCode
	Name    string           // of its key; "": DefaultName
	Address string           // of its key and its mails; "": DefaultAddress
	Now     func() time.Time // nil: time.Now
}

// Defaults of Config.
const (
	DefaultCode    = "ACME"
	DefaultName    = "Acme Vouchers"
	DefaultAddress = "vouchers@acme.example"
)

// Supplier is a supplier of vouchers. It may be used by several goroutines at once.
type Supplier struct {
	config Config
	key    *crypto.Key
	public string
	thief  *crypto.Key // who signs in the supplier's name

	mu     sync.Mutex
	serial int64 // the last one given out
	mails  int
	pins   []string
	last   Delivery
}

// New makes a supplier with a PGP key of its own.
func New(config Config) (*Supplier, error) {
	config.Code = cmp.Or(config.Code, DefaultCode)
	config.Name = cmp.Or(config.Name, DefaultName)
	config.Address = cmp.Or(config.Address, DefaultAddress)
	if config.Now == nil {
		config.Now = time.Now
	}
	s := &Supplier{config: config}
	var err error
	if s.key, err = generate(config); err != nil {
		return nil, err
	}
	if s.thief, err = generate(config); err != nil {
		return nil, err
	}
	if s.public, err = s.key.GetArmoredPublicKey(); err != nil {
		return nil, fmt.Errorf("the supplier's public key: %w", err)
	}
	first, err := digits(8)
	if err != nil {
		return nil, err
	}
	if _, err := fmt.Sscan("1"+first, &s.serial); err != nil {
		return nil, fmt.Errorf("the first serial: %w", err)
	}
	return s, nil
}

func generate(config Config) (*crypto.Key, error) {
	key, err := crypto.PGP().KeyGeneration().AddUserId(config.Name, config.Address).
		GenerationTime(config.Now().Unix()).New().GenerateKey()
	if err != nil {
		return nil, fmt.Errorf("the supplier's key: %w", err)
	}
	return key, nil
}

// PublicKey is what a customer pins, armoured.
func (s *Supplier) PublicKey() string { return s.public }

// Address is that of the supplier's mails.
func (s *Supplier) Address() string { return s.config.Address }

// PINs returns all that were ever made, those of faulty deliveries included.
func (s *Supplier) PINs() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.pins)
}
