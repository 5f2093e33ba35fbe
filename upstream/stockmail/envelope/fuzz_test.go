package envelope_test

import (
	"bytes"
	"io"
	"testing"
	"time"

	"github.com/vendswitch/vendswitch/upstream/stockmail/envelope"
)

// FuzzOpen opens whatever comes. Its seeds are good deliveries in each form, so that
// mutants get as far as the signature; none may be good but those that are the same
// message, and none may panic.
func FuzzOpen(f *testing.F) {
	w := newWorld(f)
	binary, armoured := w.seal([]byte(stockFile)), w.seal([]byte(stockFile), "--armor")
	f.Add(binary)
	f.Add(armoured)
	f.Add(pgpMIME(armoured))
	f.Add(attached("application/octet-stream", "stock.gpg", binary))
	f.Add(mail("Content-Type: text/plain; charset=utf-16\nContent-Transfer-Encoding: quoted-printable\n", string(armoured)))
	f.Add(mail("Content-Type: multipart/mixed; boundary=m\n", "--m\nContent-Type: message/rfc822\n\nSubject: x\n\ny\n--m--\n"))
	f.Add([]byte(stockFile))
	f.Fuzz(func(t *testing.T, input []byte) {
		d, err := w.opener.Open(bytes.NewReader(input), envelope.Terms{})
		if err != nil {
			return
		}
		clear, err := io.ReadAll(d)
		if err == nil && string(clear) != stockFile {
			t.Errorf("a mutant of a delivery is good, and says %q", clear)
		}
	})
}

// FuzzPayload opens good envelopes with whatever in them.
func FuzzPayload(f *testing.F) {
	w := newWorld(f)
	toUs, err := envelope.NewKeyring(map[string][]string{"US": {w.public(ourAddress)}})
	if err != nil {
		f.Fatal(err)
	}
	private, public, err := envelope.GenerateKey("Supplier", "fuzz@supplier.example", []byte(passphrase))
	if err != nil {
		f.Fatal(err)
	}
	supplier, err := envelope.UnlockPrivateKey(private, []byte(passphrase))
	if err != nil {
		f.Fatal(err)
	}
	w.opener.Suppliers = w.pin(public)
	f.Add([]byte(stockFile))
	f.Add([]byte("Content-Type: multipart/mixed; boundary=in\r\n\r\n--in\r\nContent-Type: text/plain\r\n\r\nHerewith.\r\n--in\r\n" +
		"Content-Disposition: attachment\r\nContent-Transfer-Encoding: base64\r\n\r\nSHxBQ01F\r\n--in--\r\n"))
	f.Fuzz(func(t *testing.T, clear []byte) {
		message, err := toUs.Encrypt("US", clear, supplier, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		d, _, err := w.read(pgpMIME([]byte(message)), envelope.Terms{Supplier: "ACME"})
		if result, judged := d.Result(); (err == nil) != (judged == nil) || err == nil && !result.Signed {
			t.Errorf("it was read with %v, and the result is %+v, %v", err, result, judged)
		}
	})
}
