package pos

import (
	"net/http"

	vending "github.com/vendswitch/vendswitch/switch"
	"github.com/vendswitch/vendswitch/xmlvend/certificate"
)

// certified refuses a client that shows the certificate of another: "if client
// certificates are used, clientID must equal the subject" (XMLVend 2.1, base schema).
// It looks at nothing else, so that the answer tells nobody whether the password is
// right, and no more of the client than what dialect it speaks, which the form of the
// fault shows. Whether a certificate must be shown, and who may have signed it, was
// settled by the handshake.
func (x *exchange) certified(r *http.Request, client string) error {
	if r.TLS == nil || len(r.TLS.PeerCertificates) == 0 {
		return nil
	}
	subject := certificate.Subject(r.TLS.PeerCertificates[0])
	if subject == client {
		return nil
	}
	x.log.Warn("certificate of another shown", "client", client, "subject", subject, "remote", r.RemoteAddr)
	return &vending.Fault{Code: vending.CodeCertificate, Text: "clientID is not the subject of the client's certificate"}
}
