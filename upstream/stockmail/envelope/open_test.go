package envelope_test

import (
	"crypto/sha256"
	"testing"
	"time"

	"github.com/vendswitch/vendswitch/upstream/stockmail/envelope"
)

func TestADeliveryOpensInWhicheverFormItComes(t *testing.T) {
	w := newWorld(t)
	binary := w.seal([]byte(stockFile))
	armoured := w.seal([]byte(stockFile), "--armor")
	entity := "Content-Type: multipart/mixed; boundary=in\r\n\r\n--in\r\nContent-Type: text/plain\r\n\r\nHerewith.\r\n--in\r\n" +
		"Content-Type: text/plain; name=stock.txt\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=stock.txt\r\n\r\n" +
		wrapped([]byte(stockFile)) + "\r\n--in--\r\n"
	inMIME := w.seal([]byte(entity), "--armor")
	for _, tc := range []struct {
		name  string
		input []byte
		form  envelope.Form
	}{
		{"PGP/MIME with an attached file", pgpMIME(inMIME), envelope.FormMIME},
		{"PGP/MIME with the bare file", pgpMIME(armoured), envelope.FormMIME},
		{"inline", mail("Content-Type: text/plain; charset=us-ascii\n", "Good day.\n\n"+string(armoured)+"\nGoodbye.\n"), envelope.FormInline},
		{"attached, binary", attached("application/octet-stream", "stock.gpg", binary), envelope.FormAttached},
		{"attached, armoured", attached("application/pgp-encrypted", "stock.asc", armoured), envelope.FormAttached},
		{"a file, binary", binary, envelope.FormFile},
		{"a file, armoured", armoured, envelope.FormFile},
		{"the encrypted part of a PGP/MIME mail saved as a file", inMIME, envelope.FormFile},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w.in(t).opens(tc.input, tc.form)
		})
	}
}

func TestADeliveryTellsOfItsLetterAndItsHashes(t *testing.T) {
	w := newWorld(t)
	before := time.Now().Add(-time.Minute)
	binary := w.seal([]byte(stockFile))
	d := w.opens(attached("application/octet-stream", "stock.pgp", binary), envelope.FormAttached)
	want := envelope.Letter{From: theirAddress, ID: "b1@supplier.example", Subject: "Order Bätch 1",
		Date: time.Date(2026, 11, 25, 8, 0, 0, 0, time.UTC)}
	if d.Letter != want {
		t.Errorf("the letter is %+v, want %+v", d.Letter, want)
	}
	if d.Name != "stock.pgp" || d.Size != int64(len(binary)) || d.Ciphertext != sha256.Sum256(binary) {
		t.Errorf("the message is %s, %d bytes, %x", d.Name, d.Size, d.Ciphertext)
	}
	result, _ := d.Result()
	print, err := envelope.Fingerprint(w.theirs)
	if err != nil || result.Fingerprint != print {
		t.Errorf("the fingerprint is %s, want %s, %v", result.Fingerprint, print, err)
	}
	if result.Cleartext != sha256.Sum256([]byte(stockFile)) || result.Size != int64(len(stockFile)) {
		t.Errorf("the cleartext is %d bytes, %x", result.Size, result.Cleartext)
	}
	if result.SignedAt.Before(before) || result.SignedAt.After(time.Now().Add(time.Minute)) || result.SignedAt.Location() != time.UTC {
		t.Errorf("it was signed at %v", result.SignedAt)
	}
}
