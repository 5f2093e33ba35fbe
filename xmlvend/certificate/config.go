package certificate

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"time"
)

// Policy says what a server does about clients' certificates.
type Policy string

// The policies. They matter where a server knows the authorities that sign clients'
// certificates; without, none is asked for.
const (
	Required Policy = "required" // a client without one is not served
	Optional Policy = "optional" // a client without one is who its password says
)

// Server makes a server's settings. What a client shows must be signed by one of the
// authorities.
func Server(m Material, clients Policy, minimum uint16) *tls.Config {
	c := &tls.Config{
		Certificates: []tls.Certificate{*m.Own},
		MinVersion:   minimum,
		NextProtos:   []string{"http/1.1"},
	}
	if m.Authorities != nil {
		c.ClientCAs, c.ClientAuth = m.Authorities, tls.RequireAndVerifyClientCert
		if clients == Optional {
			c.ClientAuth = tls.VerifyClientCertIfGiven
		}
	}
	return c
}

// Expected is what a client expects of a server, besides a certificate that is
// trusted.
type Expected struct {
	Name    string // in the certificate; empty: the host of the URL
	ID      string // the subject; empty: any
	Minimum uint16 // version of TLS

	// Renegotiates lets the server ask for our certificate once more, or for the first
	// time, when it has the request. That is how IIS does it, with TLS 1.2, which is
	// then the highest.
	Renegotiates bool
}

// Client makes a client's settings. Our certificate is shown to whoever asks for one,
// whatever authorities it lists: some list none, or others than they accept.
//
// A pinned certificate is accepted as it is: signed by whom and with whatever digest,
// for whatever name. It must be of today all the same.
func Client(m Material, server Expected, now func() time.Time) *tls.Config {
	c := &tls.Config{
		ServerName:         server.Name,
		MinVersion:         server.Minimum,
		RootCAs:            m.Authorities,
		ClientSessionCache: tls.NewLRUClientSessionCache(0),
		Time:               now,
		InsecureSkipVerify: len(m.Pinned) > 0, // see below
		VerifyConnection: func(s tls.ConnectionState) error {
			leaf := s.PeerCertificates[0]
			if len(m.Pinned) > 0 {
				if err := pinned(leaf, m.Pinned, now()); err != nil {
					return err
				}
			}
			if named := Subject(leaf); server.ID != "" && named != server.ID {
				return fmt.Errorf("%w: it names %q, and the server is to be %q", ErrNotTrusted, named, server.ID)
			}
			return nil
		},
	}
	if server.Renegotiates {
		c.Renegotiation, c.MaxVersion = tls.RenegotiateOnceAsClient, tls.VersionTLS12
	}
	if m.Own != nil {
		c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return m.Own, nil }
	}
	return c
}

// pinned checks that a certificate is one of those pinned.
func pinned(leaf *x509.Certificate, known []*x509.Certificate, now time.Time) error {
	for _, c := range known {
		if bytes.Equal(c.Raw, leaf.Raw) {
			if now.Before(leaf.NotBefore) || now.After(leaf.NotAfter) {
				return fmt.Errorf("%w: it is good from %s to %s", ErrNotTrusted, leaf.NotBefore.Format(time.DateOnly), leaf.NotAfter.Format(time.DateOnly))
			}
			return nil
		}
	}
	return fmt.Errorf("%w: it is not the pinned one", ErrNotTrusted)
}

// versions of TLS by their names in settings.
var versions = map[string]uint16{"1.2": tls.VersionTLS12, "1.3": tls.VersionTLS13}

// Version is a version of TLS by its name: 1.2, which is the least there is, or 1.3.
func Version(name string) (uint16, error) {
	if v, ok := versions[name]; ok {
		return v, nil
	}
	return 0, fmt.Errorf("there is no TLS version %q here: it is 1.2 or 1.3", name)
}
