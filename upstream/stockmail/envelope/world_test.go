package envelope_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/vendswitch/vendswitch/upstream/stockmail/envelope"
)

const stockFile = "H|ACME|B0001\r\nD|MTN10|10.00|0|10.00|31/12/2027|B0001|S000000001|4711081512345678\r\nT|1|10.00\r\n"

// world is a supplier with GnuPG and us.
type world struct {
	*gpg
	ours   *envelope.PrivateKey
	theirs string // public key
	opener *envelope.Opener
}

// newWorld makes the supplier's key with GnuPG, and ours ourselves.
func newWorld(t testing.TB) *world {
	t.Helper()
	g := newGPG(t)
	private, public, err := envelope.GenerateKey("Switch", ourAddress, []byte(passphrase))
	if err != nil {
		t.Fatal(err)
	}
	g.learn(public)
	w := &world{gpg: g, theirs: g.key(theirAddress, "never")}
	if w.ours, err = envelope.UnlockPrivateKey(private, []byte(passphrase)); err != nil {
		t.Fatal(err)
	}
	w.opener = &envelope.Opener{Keys: []*envelope.PrivateKey{w.ours}, Suppliers: w.pin(w.theirs)}
	return w
}

func (w *world) pin(keys ...string) *envelope.Keyring {
	w.t.Helper()
	ring, err := envelope.NewKeyring(map[string][]string{"ACME": keys})
	if err != nil {
		w.t.Fatal(err)
	}
	return ring
}

// read opens a delivery and reads it to its end, or to the error.
func (w *world) read(input []byte, terms envelope.Terms) (*envelope.Delivery, string, error) {
	d, err := w.opener.Open(bytes.NewReader(input), terms)
	if err != nil {
		return d, "", err
	}
	clear, err := io.ReadAll(d)
	return d, string(clear), err
}

// opens demands that a delivery is good.
func (w *world) opens(input []byte, form envelope.Form) *envelope.Delivery {
	w.t.Helper()
	d, clear, err := w.read(input, envelope.Terms{Supplier: "ACME"})
	if err != nil {
		w.t.Fatalf("a good delivery is refused: %v", err)
	}
	if clear != stockFile {
		w.t.Errorf("the file is %q, and %q was sent", clear, stockFile)
	}
	if d.Form != form {
		w.t.Errorf("the form is %q, want %q", d.Form, form)
	}
	result, err := d.Result()
	if err != nil || !result.Signed || result.Supplier != "ACME" {
		w.t.Errorf("the result is %+v, %v", result, err)
	}
	return d
}

// refuses demands one error, and that nothing of the file is in it.
func (w *world) refuses(input []byte, terms envelope.Terms, want error) error {
	w.t.Helper()
	d, _, err := w.read(input, terms)
	if !errors.Is(err, want) {
		w.t.Fatalf("the error is %v, want %v", err, want)
	}
	if errors.Is(err, io.EOF) {
		w.t.Errorf("the error %v can be taken for the end", err)
	}
	if text := fmt.Sprintf("%v %+v %#v", err, err, err); strings.Contains(text, "4711081512345678") || strings.Contains(text, passphrase) {
		w.t.Errorf("the error tells a secret: %s", text)
	}
	if _, again := d.Result(); !errors.Is(again, want) {
		w.t.Errorf("the result's error is %v, want %v", again, want)
	}
	if n, again := d.Read(make([]byte, 10)); n != 0 || !errors.Is(again, want) {
		w.t.Errorf("another Read returns %d, %v", n, again)
	}
	return err
}

// mail is a mail with one header for the tests.
func mail(fields, body string) []byte {
	text := "From: Voucher Desk <Vouchers@Supplier.example>\nTo: stock@switch.example\nSubject: =?utf-8?q?Order_B=C3=A4tch?= 1\n" +
		"Date: Wed, 25 Nov 2026 10:00:00 +0200\nMessage-ID: <b1@supplier.example>\nMIME-Version: 1.0\n" + fields + "\n" + body
	return []byte(strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\n", "\r\n"))
}

func pgpMIME(armoured []byte) []byte {
	return mail("Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=enc\n",
		"--enc\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n\n--enc\nContent-Type: application/octet-stream; name=\"encrypted.asc\"\n\n"+
			strings.TrimRight(string(armoured), "\n")+"\n\n--enc--\n")
}

func attached(kind, name string, contents []byte) []byte {
	return mail("Content-Type: multipart/mixed; boundary=mix\n",
		"--mix\nContent-Type: text/plain; charset=utf-8\n\nYour stock.\n\n--mix\nContent-Type: "+kind+"; name=\""+name+"\"\n"+
			"Content-Transfer-Encoding: base64\nContent-Disposition: attachment; filename=\""+name+"\"\n\n"+wrapped(contents)+"\n--mix--\n")
}

func wrapped(contents []byte) string {
	text := base64.StdEncoding.EncodeToString(contents)
	var b strings.Builder
	for len(text) > 76 {
		b.WriteString(text[:76] + "\n")
		text = text[76:]
	}
	return b.String() + text + "\n"
}

// in is the world, whose failures are another test's.
func (w *world) in(t testing.TB) *world {
	inner := *w
	inner.gpg = &gpg{t: t, home: w.home}
	return &inner
}

func faked(at time.Time) string {
	return "--faked-system-time=" + at.UTC().Format("20060102T150405") + "!"
}

// subkey is the id of the subkey that an address is encrypted to.
func (w *world) subkey(address string) string {
	w.t.Helper()
	for line := range strings.Lines(string(w.run(nil, "--with-colons", "--list-keys", address))) {
		if fields := strings.Split(line, ":"); fields[0] == "sub" {
			return fields[4]
		}
	}
	w.t.Fatal("no subkey")
	return ""
}
