package certificate_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/vendswitch/vendswitch/xmlvend/certificate"
	"github.com/vendswitch/vendswitch/xmlvend/certificate/certificatetest"
)

// selfSigned is a certificate with a subject, for no name and signed by nobody else.
func selfSigned(t *testing.T, subject pkix.Name, life time.Duration) certificate.Pair {
	t.Helper()
	return legacy(t, &x509.Certificate{Subject: subject, NotAfter: time.Now().Add(life)}, nil)
}

// legacy is a certificate as no authority of ours signs it; nil signs for itself.
func legacy(t *testing.T, template *x509.Certificate, by *certificatetest.Authority) certificate.Pair {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template.SerialNumber, template.NotBefore = big.NewInt(1), time.Now().Add(-time.Hour)
	signer, signerKey := template, crypto.Signer(key)
	if by != nil {
		signer, signerKey = by.Certificate, by.Key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, signer, key.Public(), signerKey)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return certificate.Pair{Certificate: c, Key: key}
}

func TestASubjectIsItsOneCommonName(t *testing.T) {
	cn := func(value string) pkix.AttributeTypeAndValue {
		return pkix.AttributeTypeAndValue{Type: asn1.ObjectIdentifier{2, 5, 4, 3}, Value: value}
	}
	for name, row := range map[string]struct {
		subject pkix.Name
		want    string
	}{
		"an EAN":                 {pkix.Name{CommonName: clientID}, clientID},
		"among other attributes": {pkix.Name{CommonName: clientID, Organization: []string{"6009990000025"}, SerialNumber: "6009990000032"}, clientID},
		"no common name":         {pkix.Name{SerialNumber: clientID}, ""},
		"nothing":                {pkix.Name{}, ""},
		"two of them":            {pkix.Name{ExtraNames: []pkix.AttributeTypeAndValue{cn(clientID), cn("6009990000025")}}, ""},
	} {
		if got := certificate.Subject(selfSigned(t, row.subject, time.Hour).Certificate); got != row.want {
			t.Errorf("%s: %q, want %q", name, got, row.want)
		}
	}
}

// shows is a server with a certificate, which asks for one of authorities that it lists
// and tells a client what it is shown.
func shows(t *testing.T, own certificate.Pair, listed *x509.CertPool) *httptest.Server {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, c := range r.TLS.PeerCertificates {
			_, _ = io.WriteString(w, certificate.Subject(c))
		}
	}))
	s.TLS = &tls.Config{Certificates: []tls.Certificate{certificatetest.TLS(own)}, ClientAuth: tls.RequestClientCert, ClientCAs: listed}
	s.Config.ErrorLog = quiet
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

func TestAServerMustBeTheOneThatWasAgreedOn(t *testing.T) {
	ca, stranger := certificatetest.New(t, "ca"), certificatetest.New(t, "stranger")
	good, another := ca.ServerFor(serverID), ca.ServerFor(serverID)
	nameless := selfSigned(t, pkix.Name{CommonName: serverID}, time.Hour)
	old := selfSigned(t, pkix.Name{CommonName: serverID}, -time.Minute)
	weak := legacy(t, &x509.Certificate{Subject: pkix.Name{CommonName: serverID}, NotAfter: time.Now().Add(time.Hour),
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, SignatureAlgorithm: x509.ECDSAWithSHA1}, ca)
	elsewhere, err := ca.Server(serverID, []string{"prepaid.example"}, time.Now(), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	trusting := certificate.Material{Authorities: ca.Pool()}
	pinning := func(p certificate.Pair) certificate.Material {
		return certificate.Material{Pinned: []*x509.Certificate{p.Certificate}}
	}
	for name, row := range map[string]struct {
		shown    certificate.Pair
		trust    certificate.Material
		expected certificate.Expected
		ours     bool // the refusal, and not the library's
		ok       bool
	}{
		"signed by the authority":             {shown: good, trust: trusting, ok: true},
		"with the subject expected":           {shown: good, trust: trusting, expected: certificate.Expected{ID: serverID}, ok: true},
		"with another subject":                {shown: good, trust: trusting, expected: certificate.Expected{ID: clientID}, ours: true},
		"signed by another":                   {shown: good, trust: certificate.Material{Authorities: stranger.Pool()}},
		"of another host":                     {shown: elsewhere, trust: trusting},
		"of the host that is said":            {shown: elsewhere, trust: trusting, expected: certificate.Expected{Name: "prepaid.example"}, ok: true},
		"pinned, for no host, signed by none": {shown: nameless, trust: pinning(nameless), ok: true},
		"pinned, with another subject":        {shown: nameless, trust: pinning(nameless), expected: certificate.Expected{ID: clientID}, ours: true},
		"signed with SHA-1":                   {shown: weak, trust: trusting},
		"pinned, signed with SHA-1":           {shown: weak, trust: pinning(weak), expected: certificate.Expected{ID: serverID}, ok: true},
		"not the pinned one":                  {shown: another, trust: pinning(good), ours: true},
		"pinned, and expired":                 {shown: old, trust: pinning(old), ours: true},
	} {
		t.Run(name, func(t *testing.T) {
			s := shows(t, row.shown, nil)
			row.expected.Minimum = tls.VersionTLS12
			config := certificate.Client(row.trust, row.expected, time.Now)
			for range 2 { // the second may be a session resumed
				_, _, err := get(&http.Client{Transport: &http.Transport{TLSClientConfig: config, DisableKeepAlives: true}}, s.URL)
				if (err == nil) != row.ok || errors.Is(err, certificate.ErrNotTrusted) != row.ours {
					t.Errorf("%v", err)
				}
			}
		})
	}
}

func TestOurCertificateIsShownToWhoeverAsksForOne(t *testing.T) {
	ca, stranger := certificatetest.New(t, "ca"), certificatetest.New(t, "stranger")
	s := shows(t, ca.ServerFor(serverID), stranger.Pool()) // others than it accepts
	own := certificatetest.TLS(ca.ClientFor(clientID))
	config := certificate.Client(certificate.Material{Own: &own, Authorities: ca.Pool()}, certificate.Expected{}, time.Now)
	said, _, err := get(&http.Client{Transport: &http.Transport{TLSClientConfig: config, DisableKeepAlives: true}}, s.URL)
	if said != clientID {
		t.Errorf("%q, %v", said, err)
	}
}
