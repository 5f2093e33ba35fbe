package certificate

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"slices"
	"time"
)

// How long certificates for development are good, unless said otherwise.
const (
	AuthorityLife = 5 * 365 * 24 * time.Hour
	Life          = 398 * 24 * time.Hour
)

// skew is how far the clock of the other end may be behind.
const skew = time.Hour

// Authority signs certificates for development and tests. Who has its key can be any
// client: it is no authority for production.
type Authority struct{ Pair }

// Pair is a certificate with its key, an ECDSA key on P-256 if it was made here.
type Pair struct {
	Certificate *x509.Certificate
	Key         crypto.Signer
}

// PEM writes a pair.
func (p Pair) PEM() (certificate, key []byte, err error) {
	der, err := x509.MarshalPKCS8PrivateKey(p.Key)
	if err != nil {
		return nil, nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.Certificate.Raw}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}

// NewAuthority makes an authority, good from now.
func NewAuthority(name string, now time.Time, life time.Duration) (*Authority, error) {
	pair, err := sign(&x509.Certificate{
		Subject: pkix.Name{CommonName: name},
		IsCA:    true, BasicConstraintsValid: true, MaxPathLenZero: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}, now, life, nil)
	return &Authority{pair}, err
}

// ReadAuthority reads an authority's files.
func ReadAuthority(certificate, key string) (*Authority, error) {
	own, err := readOwn(certificate, key)
	if err != nil {
		return nil, err
	}
	signer, is := own.PrivateKey.(crypto.Signer)
	if !is || !own.Leaf.IsCA {
		return nil, fmt.Errorf("%s is no authority's certificate", certificate)
	}
	return &Authority{Pair{own.Leaf, signer}}, nil
}

// Server signs a certificate for the server with the given id, which is reached by
// the given names and addresses.
func (a *Authority) Server(id string, hosts []string, now time.Time, life time.Duration) (Pair, error) {
	if len(hosts) == 0 {
		return Pair{}, errors.New("a server's certificate needs a host name or an address")
	}
	template := &x509.Certificate{
		Subject:     pkix.Name{CommonName: id},
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, host := range hosts {
		if ip := net.ParseIP(host); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, host)
		}
	}
	return sign(template, now, life, a)
}

// Client signs a certificate for the client with the given id.
func (a *Authority) Client(id string, now time.Time, life time.Duration) (Pair, error) {
	if id == "" {
		return Pair{}, errors.New("a client's certificate needs its id")
	}
	return sign(&x509.Certificate{
		Subject:     pkix.Name{CommonName: id},
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}, now, life, a)
}

// sign makes a key and signs its certificate, which does not outlive its signer. nil
// signs for itself.
func sign(template *x509.Certificate, now time.Time, life time.Duration, by *Authority) (Pair, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return Pair{}, err
	}
	template.NotBefore, template.NotAfter = now.Add(-skew), now.Add(life)
	signer, signerKey := template, crypto.Signer(key)
	if by != nil {
		signer, signerKey = by.Certificate, by.Key
		template.NotAfter = slices.MinFunc([]time.Time{template.NotAfter, signer.NotAfter}, time.Time.Compare)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, signer, key.Public(), signerKey) // with a random serial number
	if err != nil {
		return Pair{}, err
	}
	c, err := x509.ParseCertificate(der)
	return Pair{c, key}, err
}
