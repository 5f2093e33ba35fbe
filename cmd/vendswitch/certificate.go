package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"software.sslmate.com/src/go-pkcs12"

	"github.com/vendswitch/vendswitch/xmlvend/certificate"
)

// What the verbs that make certificates have in common.
type keysMaking struct {
	Folder string `default:"var/tls" help:"Where the files are."`
	Days   int    `placeholder:"N" help:"How long it is good. Default: five years for the authority, 398 days for others."`
	Force  bool   `help:"Replace files that are there."`
}

const forDevelopment = "Who has the authority's key can be any client and any server: it is for development and tests, and no authority for production."

func (k keysMaking) file(name string) string { return filepath.Join(k.Folder, name) }

func (k keysMaking) life(standard time.Duration) (time.Duration, error) {
	switch {
	case k.Days < 0:
		return 0, errors.New("--days is more than zero")
	case k.Days == 0:
		return standard, nil
	}
	return time.Duration(k.Days) * 24 * time.Hour, nil
}

// authority reads what keys ca has made.
func (k keysMaking) authority() (*certificate.Authority, error) {
	a, err := certificate.ReadAuthority(k.file("ca.pem"), k.file("ca.key"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w; make the authority first with \"vendswitch keys ca\", or name its --folder", err)
	}
	return a, err
}

// write writes a pair, and a third file if there is one.
func (k keysMaking) write(name string, p certificate.Pair, pfx []byte) (certificateRecord, error) {
	certificatePEM, keyPEM, err := p.PEM()
	if err != nil {
		return certificateRecord{}, err
	}
	type file struct {
		name string
		data []byte
	}
	files := []file{{k.file(name + ".key"), keyPEM}, {k.file(name + ".pem"), certificatePEM}} // the key first: a server may be watching
	if pfx != nil {
		files = append(files, file{k.file(name + ".pfx"), pfx})
	}
	for _, f := range files {
		if _, err := os.Lstat(f.name); err == nil && !k.Force {
			return certificateRecord{}, fmt.Errorf("%s is there already; --force replaces it", f.name)
		}
	}
	if err := os.MkdirAll(k.Folder, 0o700); err != nil {
		return certificateRecord{}, err
	}
	for _, f := range files {
		if err := replaceFile(f.name, f.data); err != nil {
			return certificateRecord{}, err
		}
	}
	made := newCertificateRecord(p.Certificate)
	made.File, made.Key = k.file(name+".pem"), k.file(name+".key")
	if pfx != nil {
		made.PFX = k.file(name + ".pfx")
	}
	return made, nil
}

// replaceFile puts a file that its owner alone may read in the place of another, at
// once.
func replaceFile(name string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".new-*") // readable by its owner alone
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}

type keysCACmd struct {
	keysMaking
	Name string `default:"Vendswitch development CA" help:"Of the authority."`
}

// Help is printed below the flags.
func (keysCACmd) Help() string {
	return forDevelopment + "\n\nExample:\n\n  vendswitch keys ca"
}

// Run makes an authority.
func (c keysCACmd) Run(s *session) error {
	life, err := c.life(certificate.AuthorityLife)
	if err != nil {
		return err
	}
	if strings.TrimSpace(c.Name) == "" {
		return errors.New("the name of an authority is how others tell it, and cannot be empty")
	}
	authority, err := certificate.NewAuthority(c.Name, s.now(), life)
	if err != nil {
		return err
	}
	made, err := c.write("ca", authority.Pair, nil)
	if err != nil {
		return err
	}
	return s.done(made, "authority for development made: %s, key %s, good until %s\n%s", made.File, made.Key, s.day(made.ExpiresAt), forDevelopment)
}

type keysServerCmd struct {
	keysMaking
	Host []string `default:"localhost,127.0.0.1,::1" help:"Names and addresses that the server is reached by."`
	ID   string   `help:"serverID. Default: server.id of the settings."`
}

// Help is printed below the flags.
func (keysServerCmd) Help() string {
	return "Its subject is the switch's own id, as XMLVend has it. " + forDevelopment + `

Example:

  vendswitch keys server --host vending.example --host 192.0.2.7`
}

// Run makes the server's certificate.
func (c keysServerCmd) Run(s *session) error {
	life, err := c.life(certificate.Life)
	if err != nil {
		return err
	}
	if c.ID == "" {
		c.ID = s.config.Server.ID
	}
	for _, host := range c.Host {
		if strings.ContainsAny(host, "/: ") && net.ParseIP(host) == nil {
			return fmt.Errorf("%q is neither a host name nor an address", host)
		}
	}
	authority, err := c.authority()
	if err != nil {
		return err
	}
	pair, err := authority.Server(c.ID, c.Host, s.now(), life)
	if err != nil {
		return err
	}
	made, err := c.write("server", pair, nil)
	if err != nil {
		return err
	}
	return s.done(made, "certificate of server %s for %s made: %s, key %s, good until %s",
		made.Subject, strings.Join(made.Hosts, ", "), made.File, made.Key, s.day(made.ExpiresAt))
}

type keysClientCmd struct {
	keysMaking
	ID              string `required:"" help:"clientID: it becomes the subject (CN)."`
	PFXPasswordFile string `name:"pfx-password-file" placeholder:"FILE" help:"Write a PKCS#12 file as well, with the first line of this file as its password; - reads standard input."`
}

// Help is printed below the flags.
func (keysClientCmd) Help() string {
	return "It lets its holder be this client, and needs the passwords of the client's operators besides. " + forDevelopment + `

Examples:

  vendswitch keys client --id 6001234500008
  vendswitch keys client --id 6001234500008 --pfx-password-file pfx.password`
}

// Run makes a client's certificate.
func (c keysClientCmd) Run(s *session) error {
	life, err := c.life(certificate.Life)
	if err != nil {
		return err
	}
	if err := errors.Join(checkKey("client id", c.ID), checkEAN(c.ID)); err != nil {
		return err
	}
	if strings.ContainsAny(c.ID, `/\`) {
		return fmt.Errorf("client id %q cannot name a file", c.ID)
	}
	authority, err := c.authority()
	if err != nil {
		return err
	}
	pair, err := authority.Client(c.ID, s.now(), life)
	if err != nil {
		return err
	}
	var pfx []byte
	if c.PFXPasswordFile != "" {
		password, err := s.secret(c.PFXPasswordFile)
		if err != nil {
			return err
		}
		if password == "" {
			return fmt.Errorf("the password of a PKCS#12 file cannot be empty")
		}
		if pfx, err = pkcs12.Modern.Encode(pair.Key, pair.Certificate, nil, password); err != nil {
			return err
		}
	}
	made, err := c.write("client-"+c.ID, pair, pfx)
	if err != nil {
		return err
	}
	also := ""
	if made.PFX != "" {
		also = ", both in " + made.PFX
	}
	return s.done(made, "certificate of client %s made: %s, key %s%s, good until %s", made.Subject, made.File, made.Key, also, s.day(made.ExpiresAt))
}

type keysShowCmd struct {
	File string `arg:"" help:"Certificates in PEM."`
}

// Help is printed below the flags.
func (keysShowCmd) Help() string {
	return "The subject is what has to equal clientID or serverID.\n\nExample:\n\n  vendswitch keys show var/tls/server.pem"
}

// Run shows the certificates in a file.
func (c keysShowCmd) Run(s *session) error {
	found, err := certificate.ReadAll(c.File)
	if err != nil {
		return err
	}
	return list(s, "SUBJECT | SIGNED BY | FROM | UNTIL | FOR | SHA-256", records(found, newCertificateRecord), func(r certificateRecord) []any {
		return []any{r.Subject, r.signer(), s.day(r.StartsAt), s.day(r.ExpiresAt), r.purpose(), r.SHA256}
	})
}

// day writes the day of a time.
func (s *session) day(at time.Time) string {
	return at.In(s.config.Zone.Location).Format(time.DateOnly)
}
