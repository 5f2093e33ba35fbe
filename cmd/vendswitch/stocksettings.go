package main

import (
	"errors"
	"fmt"
	"log/slog"
	"os"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/switch/delivery"
	"github.com/vendswitch/vendswitch/upstream/stockmail/envelope"
)

// StockConfig is how suppliers' stock files arrive, and how they are opened.
type StockConfig struct {
	Mailbox string         `toml:"mailbox" env:"MAILBOX"` // of mail.imap that suppliers write to; empty: none is read
	PGP     []PGPKeyConfig `toml:"pgp" env:"-"`           // our keys: the current one, then older ones that suppliers still use
	MaxMiB  int64          `toml:"max_mib" env:"MAX_MIB"` // of a stock file when it is unpacked; 0: 512
}

// PGPKeyConfig is a private key of ours.
type PGPKeyConfig struct {
	KeyFile        string `toml:"key_file"`        // armoured, locked with a passphrase: see "vendswitch keys pgp"
	PassphraseFile string `toml:"passphrase_file"` // one line; nobody else's to read
}

func (c StockConfig) check(mail MailConfig) error {
	if c.MaxMiB < 0 {
		return errors.New("stock.max_mib is negative")
	}
	for i, k := range c.PGP {
		if k.KeyFile == "" || k.PassphraseFile == "" {
			return fmt.Errorf("stock.pgp %d: key_file and passphrase_file are needed", i+1)
		}
	}
	if c.Mailbox == "" {
		return nil
	}
	if _, ok := mail.IMAP[c.Mailbox]; !ok {
		return fmt.Errorf("stock.mailbox is %q, and there is no mail.imap.%s", c.Mailbox, c.Mailbox)
	}
	if len(c.PGP) == 0 {
		return errors.New("stock.mailbox is set, and there is no [[stock.pgp]]: nothing that arrives could be opened")
	}
	return nil
}

// unlock opens our private keys.
func (c StockConfig) unlock() ([]*envelope.PrivateKey, error) {
	var keys []*envelope.PrivateKey
	for _, k := range c.PGP {
		armoured, err := os.ReadFile(k.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("stock.pgp.key_file: %w", err)
		}
		passphrase, err := readSecret("stock.pgp.passphrase_file", k.PassphraseFile)
		if err != nil {
			return nil, err
		}
		key, err := envelope.UnlockPrivateKey(string(armoured), []byte(passphrase.Reveal()))
		if err != nil {
			return nil, fmt.Errorf("stock.pgp.key_file %s: %w", k.KeyFile, err)
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// importer opens and loads what suppliers send.
func (s *session) importer(store *ledger.Store, log *slog.Logger) (*delivery.Importer, error) {
	keys, err := s.config.Stock.unlock()
	if err != nil {
		return nil, err
	}
	return delivery.New(delivery.Settings{Ledger: store, Keys: keys, Limits: envelope.Limits{Cleartext: s.config.Stock.MaxMiB * mib},
		Zone: s.config.Zone.Location, Now: s.now, Log: log}), nil
}
