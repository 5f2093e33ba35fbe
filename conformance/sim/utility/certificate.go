package utility

import (
	"crypto/tls"

	"github.com/vendswitch/vendswitch/xmlvend"
	"github.com/vendswitch/vendswitch/xmlvend/certificate"
)

// impostor refuses a client that shows a certificate whose subject is another's.
func impostor(connection *tls.ConnectionState, client string) *refusal {
	if connection == nil || len(connection.PeerCertificates) == 0 || certificate.Subject(connection.PeerCertificates[0]) == client {
		return nil
	}
	return refuse(xmlvend.ClientIDSSLEx, "", "The client is not the subject of its certificate")
}
