package certificate

import (
	"crypto/x509"
	"encoding/asn1"
)

// commonName is the attribute that holds the EAN.
var commonName = asn1.ObjectIdentifier{2, 5, 4, 3}

// Subject is whom a certificate names: the one common name of its subject. It is
// empty when there is none, or more than one.
//
// Other attributes that might hold an EAN (serialNumber, UID, an alternative name)
// are not looked at: what counts must be what the signer has checked, and it must be
// one thing.
func Subject(c *x509.Certificate) string {
	name, found := "", 0
	for _, attribute := range c.Subject.Names {
		if attribute.Type.Equal(commonName) {
			name, _ = attribute.Value.(string)
			found++
		}
	}
	if found != 1 {
		return ""
	}
	return name
}
