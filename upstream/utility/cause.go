package utility

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"

	"github.com/vendswitch/vendswitch/xmlvend"
	"github.com/vendswitch/vendswitch/xmlvend/certificate"
)

// cause says in a few words why no answer came. Only errors of the network and of
// TLS are quoted: they hold addresses and names, and nothing that was sent or
// received.
func cause(err error) string {
	var timeout net.Error
	var handshake *xmlvend.HandshakeError
	switch {
	case errors.Is(err, context.Canceled):
		return "the caller went away"
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded),
		errors.As(err, &timeout) && timeout.Timeout():
		return "time is up"
	case errors.As(err, &handshake) && errors.Is(err, io.EOF):
		return "the server closed the connection instead of shaking hands"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "the connection was closed before the answer was whole"
	}
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return op.Error()
	}
	if certificate, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return certificate.Error()
	}
	if errors.Is(err, certificate.ErrNotTrusted) {
		return err.Error()
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return "the server does not speak TLS"
	}
	return "the connection or what came over it was broken"
}
