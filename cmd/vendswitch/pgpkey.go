package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/vendswitch/vendswitch/upstream/stockmail/envelope"
)

type keysPGPCmd struct {
	Name           string `required:"" help:"Whose key it is: the operator's company."`
	Email          string `required:"" help:"Address that suppliers send stock to."`
	Folder         string `default:"var/pgp" help:"Where the files go."`
	PassphraseFile string `required:"" placeholder:"FILE" help:"File whose first line locks the private key, 12 characters or more; - reads standard input."`
}

// Help is printed below the flags.
func (keysPGPCmd) Help() string {
	return `Makes the pair that suppliers encrypt stock files to. Send them public.asc, compare the fingerprint by telephone, and name private.asc in [[stock.pgp]]. Keep copies: without them no file can be opened.

Example:

  vendswitch keys pgp --name "EVD Operator" --email stock@operator.example --passphrase-file pgp.passphrase`
}

// minPassphrase is how long a passphrase is at least.
const minPassphrase = 12

// pgpKeyRecord is a key pair that was made.
type pgpKeyRecord struct {
	Fingerprint string `json:"fingerprint"`
	File        string `json:"file"`    // the public key
	KeyFile     string `json:"keyFile"` // the private key
}

// Run makes the pair. Existing files are never overwritten.
func (c keysPGPCmd) Run(s *session) error {
	passphrase, err := s.secret(c.PassphraseFile)
	if err != nil {
		return err
	}
	if len(passphrase) < minPassphrase {
		return fmt.Errorf("a passphrase has %d characters or more", minPassphrase)
	}
	private, public, err := envelope.GenerateKey(c.Name, c.Email, []byte(passphrase))
	if err != nil {
		return err
	}
	fingerprint, err := envelope.Fingerprint(public)
	if err != nil {
		return err
	}
	r := pgpKeyRecord{fingerprint, filepath.Join(c.Folder, "public.asc"), filepath.Join(c.Folder, "private.asc")}
	if err := os.MkdirAll(c.Folder, 0o700); err != nil {
		return err
	}
	for _, f := range []struct {
		name, text string
		mode       os.FileMode
	}{{r.KeyFile, private, 0o600}, {r.File, public, 0o644}} {
		if err := writeNew(f.name, f.text, f.mode); err != nil {
			return err
		}
	}
	return s.done(r, "keys made: %s, and %s for the suppliers\nfingerprint %s", r.KeyFile, r.File, r.Fingerprint)
}

// writeNew writes a file that must not be there yet.
func writeNew(name, text string, mode os.FileMode) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	if _, err = f.WriteString(text); err == nil {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	return err
}
