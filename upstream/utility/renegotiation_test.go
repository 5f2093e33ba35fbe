package utility_test

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/vendswitch/vendswitch/upstream"
	"github.com/vendswitch/vendswitch/upstream/utility"
	"github.com/vendswitch/vendswitch/xmlvend/certificate"
	"github.com/vendswitch/vendswitch/xmlvend/certificate/certificatetest"
)

// renegotiating is a server of TLS 1.2 that shakes hands with anybody, wants to see a
// certificate of the authority's when it has the request, and answers whoever shows
// one. It is openssl's, told what to do as by a person at its console: Go's servers do
// not renegotiate. It serves one connection.
func renegotiating(t *testing.T, authority *certificatetest.Authority, answer string) (url string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	crt, key := certificatetest.Write(t, t.TempDir(), authority.ServerFor("6008000001007"))
	cmd := exec.Command("openssl", "s_server", "-accept", address, "-tls1_2", "-cert", crt, "-key", key,
		"-CAfile", authority.File, "-verify_return_error", "-naccept", "1")
	console, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	listening, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		script := []struct{ seen, typed string }{
			{"ACCEPT", ""},
			{"</soap:Envelope>", "R\n"}, // renegotiate, and ask for a certificate
			{"verify return:1", fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: %d\r\n\r\n%s", len(answer), answer)},
		}
		var said bytes.Buffer
		chunk := make([]byte, 4096)
		for {
			n, err := output.Read(chunk)
			said.Write(chunk[:n])
			for len(script) > 0 && strings.Contains(said.String(), script[0].seen) {
				if script[0].typed == "" {
					close(listening)
				}
				_, _ = io.WriteString(console, script[0].typed)
				script = script[1:]
			}
			if err != nil {
				t.Logf("the server says\n%s", said.String())
				return
			}
		}
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-done
		_ = cmd.Wait()
	})
	select {
	case <-listening:
	case <-done:
		t.Fatal("the server does not listen")
	}
	return "https://" + address + "/xmlvend"
}

func TestAServerMayAskForOurCertificateWhenItHasTheRequest(t *testing.T) {
	ca, stranger := certificatetest.New(t, "ca"), certificatetest.New(t, "stranger")
	own, foreign := ca.ClientFor(clientEAN), stranger.ClientFor(clientEAN)
	for name, row := range map[string]struct {
		shown    certificate.Pair
		expected certificate.Expected
		want     upstream.Verdict
		reason   string
	}{
		"ours":                    {own, certificate.Expected{Renegotiates: true}, upstream.Accepted, ""},
		"a stranger's":            {foreign, certificate.Expected{Renegotiates: true}, upstream.Unknown, "tls: "},
		"ours, but it may not so": {own, certificate.Expected{}, upstream.Unknown, "tls: no renegotiation"},
	} {
		t.Run(name, func(t *testing.T) {
			url := renegotiating(t, ca, sample(t, debtReceipt))
			shown := certificatetest.TLS(row.shown)
			config := certificate.Client(certificate.Material{Own: &shown, Authorities: ca.Pool()}, row.expected, time.Now)
			a, err := utility.New(utility.Config{Supplier: "city", URL: url, ClientID: clientEAN}, utility.HTTP{TLS: func() *tls.Config { return config }})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = a.Close() })
			q := bought()
			// The request has left in any case: a refusal is no proof that nothing was sold.
			if r := a.Vend(t.Context(), q.id, q.order); r.Verdict != row.want || !r.Sent || !strings.Contains(r.Reason, row.reason) {
				t.Errorf("%v sent=%v (%s), want %v for %q", r.Verdict, r.Sent, r.Reason, row.want, row.reason)
			}
		})
	}
}
