package certificate

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"time"
)

// Files name what one end shows, and whom it trusts. All are PEM; what is empty is
// not read.
type Files struct {
	Certificate string   // our own, then what signed it
	Key         string   // of Certificate, not encrypted
	Authorities []string // who signs the other end's
	Pinned      string   // the other end's own, whoever signed it
}

// Material is what was in the files.
type Material struct {
	Own         *tls.Certificate    // nil without a certificate
	Authorities *x509.CertPool      // nil without authorities
	Pinned      []*x509.Certificate // none unless there is a file
	Status      Status              // without its error
}

// None reports that no file is named.
func (f Files) None() bool {
	return f.Certificate == "" && f.Key == "" && f.Pinned == "" && len(f.Authorities) == 0
}

// Check reports files that do not go together.
func (f Files) Check() error {
	switch {
	case f.Certificate != "" && f.Key == "":
		return errors.New("a certificate needs its key")
	case f.Certificate == "" && f.Key != "":
		return errors.New("a key needs its certificate")
	case f.Pinned != "" && len(f.Authorities) > 0:
		return errors.New("the other end's certificate is either pinned or signed by an authority, not both")
	}
	return nil
}

// Read reads the files. The error names the file that cannot be used, and quotes
// nothing of it.
func (f Files) Read() (Material, error) {
	var m Material
	if f.Certificate != "" {
		own, err := readOwn(f.Certificate, f.Key)
		if err != nil {
			return m, err
		}
		m.Own, m.Status.Subject, m.Status.Expires = own, Subject(own.Leaf), expiry(own)
	}
	for _, name := range f.Authorities {
		found, err := ReadAll(name)
		if err != nil {
			return m, err
		}
		if m.Authorities == nil {
			m.Authorities = x509.NewCertPool()
		}
		for _, c := range found {
			m.Authorities.AddCert(c)
			m.Status.AuthoritiesExpire = later(m.Status.AuthoritiesExpire, c.NotAfter)
		}
	}
	if f.Pinned != "" {
		var err error
		if m.Pinned, err = ReadAll(f.Pinned); err != nil {
			return m, err
		}
		for _, c := range m.Pinned {
			m.Status.AuthoritiesExpire = later(m.Status.AuthoritiesExpire, c.NotAfter)
		}
	}
	return m, nil
}

func readOwn(certificate, key string) (*tls.Certificate, error) {
	chain, err := os.ReadFile(certificate)
	if err != nil {
		return nil, err
	}
	secret, err := os.ReadFile(key)
	if err != nil {
		return nil, err
	}
	own, err := tls.X509KeyPair(chain, secret)
	if err != nil {
		return nil, fmt.Errorf("%s with %s: %w", certificate, key, err)
	}
	return &own, nil
}

// expiry is when the first certificate of a chain expires.
func expiry(own *tls.Certificate) time.Time {
	first := own.Leaf.NotAfter
	for _, der := range own.Certificate[1:] {
		if c, err := x509.ParseCertificate(der); err == nil && c.NotAfter.Before(first) {
			first = c.NotAfter
		}
	}
	return first
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// ReadAll reads the certificates in a PEM file, of which there must be one at least.
// Other things in the file are passed over.
func ReadAll(file string) ([]*x509.Certificate, error) {
	rest, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var found []*x509.Certificate
	for {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			continue
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("%s: certificate %d: %w", file, len(found)+1, err)
		}
		found = append(found, c)
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("%s: no certificate in it", file)
	}
	return found, nil
}
