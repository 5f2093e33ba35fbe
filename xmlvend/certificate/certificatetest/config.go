package certificatetest

import (
	"crypto/tls"

	"github.com/vendswitch/vendswitch/xmlvend/certificate"
)

// Trusting are the settings of a client that trusts the authority alone, remembers its
// sessions, and shows a certificate to whoever asks for one; or none.
func (a *Authority) Trusting(own *certificate.Pair) func() *tls.Config {
	c := &tls.Config{RootCAs: a.Pool(), ClientSessionCache: tls.NewLRUClientSessionCache(0)}
	if own != nil {
		shown := TLS(*own)
		c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &shown, nil }
	}
	return func() *tls.Config { return c }
}

// Demanding are the settings of the server called id, whose certificate is the
// authority's and which wants to see one of the authority's, in one version of TLS.
func (a *Authority) Demanding(id string, version uint16) *tls.Config {
	a.Helper()
	return &tls.Config{
		Certificates: []tls.Certificate{TLS(a.ServerFor(id))},
		ClientCAs:    a.Pool(), ClientAuth: tls.RequireAndVerifyClientCert, MinVersion: version, MaxVersion: version,
	}
}
