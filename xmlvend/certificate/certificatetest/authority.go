// Package certificatetest gives tests an authority, and what it signs, as files and
// for connections.
package certificatetest

import (
	"crypto/tls"
	"crypto/x509"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/vendswitch/vendswitch/xmlvend/certificate"
)

// Authority is one that tests make and trust.
type Authority struct {
	testing.TB
	*certificate.Authority
	File string // its certificate
}

// New makes an authority.
func New(tb testing.TB, name string) *Authority {
	tb.Helper()
	made, err := certificate.NewAuthority(name, time.Now(), time.Hour)
	if err != nil {
		tb.Fatal(err)
	}
	a := &Authority{TB: tb, Authority: made}
	a.File, _ = Write(tb, tb.TempDir(), made.Pair)
	return a
}

// Pool trusts the authority alone.
func (a *Authority) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.Certificate)
	return pool
}

// ServerFor is a certificate for a server on loopback.
func (a *Authority) ServerFor(id string) certificate.Pair {
	a.Helper()
	p, err := a.Server(id, []string{"127.0.0.1", "localhost"}, time.Now(), time.Hour)
	if err != nil {
		a.Fatal(err)
	}
	return p
}

// ClientFor is a client's certificate.
func (a *Authority) ClientFor(id string) certificate.Pair {
	a.Helper()
	p, err := a.Client(id, time.Now(), time.Hour)
	if err != nil {
		a.Fatal(err)
	}
	return p
}

// Expired is a client's certificate that was good until a minute ago.
func (a *Authority) Expired(id string) certificate.Pair {
	a.Helper()
	p, err := a.Client(id, time.Now().Add(-time.Hour), time.Hour-time.Minute)
	if err != nil {
		a.Fatal(err)
	}
	return p
}

// TLS is a pair for a connection.
func TLS(p certificate.Pair) tls.Certificate {
	return tls.Certificate{Certificate: [][]byte{p.Certificate.Raw}, PrivateKey: p.Key, Leaf: p.Certificate}
}

// Write writes a pair into a folder, each file by taking the place of an earlier one
// at once.
func Write(tb testing.TB, folder string, p certificate.Pair) (certificateFile, keyFile string) {
	tb.Helper()
	certificatePEM, keyPEM, err := p.PEM()
	if err != nil {
		tb.Fatal(err)
	}
	certificateFile, keyFile = filepath.Join(folder, "tls.crt"), filepath.Join(folder, "tls.key")
	Replace(tb, keyFile, keyPEM)
	Replace(tb, certificateFile, certificatePEM)
	return certificateFile, keyFile
}

// Replace puts a file in the place of another at once.
func Replace(tb testing.TB, file string, data []byte) {
	tb.Helper()
	if err := os.WriteFile(file+".new", data, 0o600); err != nil {
		tb.Fatal(err)
	}
	if err := os.Rename(file+".new", file); err != nil {
		tb.Fatal(err)
	}
}
