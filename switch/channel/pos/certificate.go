package pos

import (
	"crypto/tls"

	vending "github.com/vendswitch/vendswitch/switch"
	"github.com/vendswitch/vendswitch/xmlvend/certificate"
)

// certified refuses a client that shows the certificate of another: "if client
// certificates are used, clientID must equal the subject" (XMLVend 2.1, base schema).
// It looks at nothing else, so that the answer tells nobody whether there is such a
// client or its password is right. Whether a certificate must be shown, and who may
// have signed it, was settled by the handshake.
func certified(connection *tls.ConnectionState, client string) error {
	if connection == nil || len(connection.PeerCertificates) == 0 {
		return nil
	}
	if certificate.Subject(connection.PeerCertificates[0]) == client {
		return nil
	}
	return &vending.Fault{Code: vending.CodeCertificate, Text: "clientID is not the subject of the client's certificate"}
}
