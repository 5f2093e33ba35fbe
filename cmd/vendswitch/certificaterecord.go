package main

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"strings"
	"time"

	"github.com/vendswitch/vendswitch/xmlvend/certificate"
)

// certificateRecord is a certificate, and the files that it was written to.
type certificateRecord struct {
	Subject   string    `json:"subject"` // the common name, empty unless there is one
	SignedBy  string    `json:"signedBy"`
	Authority bool      `json:"authority"`
	Uses      []string  `json:"uses,omitempty"`  // server, client
	Hosts     []string  `json:"hosts,omitempty"` // names and addresses
	StartsAt  time.Time `json:"startsAt"`
	ExpiresAt time.Time `json:"expiresAt"`
	SHA256    string    `json:"sha256"`
	File      string    `json:"file,omitempty"`
	Key       string    `json:"keyFile,omitempty"`
	PFX       string    `json:"pfxFile,omitempty"`

	self bool // signed by itself
}

func newCertificateRecord(c *x509.Certificate) certificateRecord {
	print := sha256.Sum256(c.Raw)
	r := certificateRecord{
		Subject: certificate.Subject(c), SignedBy: c.Issuer.CommonName, Authority: c.IsCA, Hosts: c.DNSNames,
		StartsAt: c.NotBefore.UTC(), ExpiresAt: c.NotAfter.UTC(), SHA256: hex.EncodeToString(print[:]),
		self: bytes.Equal(c.RawIssuer, c.RawSubject),
	}
	if r.SignedBy == "" {
		r.SignedBy = c.Issuer.String()
	}
	for _, ip := range c.IPAddresses {
		r.Hosts = append(r.Hosts, ip.String())
	}
	for _, use := range c.ExtKeyUsage {
		switch use {
		case x509.ExtKeyUsageServerAuth:
			r.Uses = append(r.Uses, "server")
		case x509.ExtKeyUsageClientAuth:
			r.Uses = append(r.Uses, "client")
		case x509.ExtKeyUsageAny:
			r.Uses = append(r.Uses, "any")
		}
	}
	return r
}

func (r certificateRecord) signer() string {
	if r.self {
		return "itself"
	}
	return r.SignedBy
}

// purpose says in words what a certificate is for.
func (r certificateRecord) purpose() string {
	words := append([]string(nil), r.Uses...)
	if r.Authority {
		words = append(words, "authority")
	}
	if len(r.Hosts) > 0 {
		words = append(words, "at "+strings.Join(r.Hosts, ", "))
	}
	return strings.Join(words, ", ")
}
