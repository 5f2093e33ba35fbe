package envelope_test

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/vendswitch/vendswitch/upstream/stockmail/envelope"
)

func TestWhatIsNotEncryptedIsRefused(t *testing.T) {
	w := newWorld(t)
	signed := w.run([]byte(stockFile), "--local-user", theirAddress, "--sign")
	inClear := w.run([]byte(stockFile), "--local-user", theirAddress, "--clear-sign")
	for name, input := range map[string][]byte{
		"a mail":                              mail("Content-Type: text/plain\n", "We shall send the stock tomorrow.\n"),
		"a stock file in clear":               []byte(stockFile),
		"a mail with a stock file in clear":   attached("text/plain", "stock.txt", []byte(stockFile)),
		"signed only":                         signed,
		"signed only, attached":               attached("application/octet-stream", "stock.gpg", signed),
		"signed in clear":                     mail("Content-Type: text/plain\n", string(inClear)),
		"a stock file that is named like one": attached("application/octet-stream", "stock.pgp", []byte(stockFile)),
		"a picture":                           attached("image/png", "logo.png", []byte("\x89PNG\r\n\x1a\n........")),
		"the supplier's key":                  attached("application/pgp-keys", "key.asc", []byte(w.theirs)),
		"a quoted message":                    mail("Content-Type: text/plain\n", "> -----BEGIN PGP MESSAGE-----\n> \n> hQEM\n> -----END PGP MESSAGE-----\n"),
	} {
		t.Run(name, func(t *testing.T) { w.in(t).refuses(input, envelope.Terms{}, envelope.ErrNotEncrypted) })
	}
	w.refuses(nil, envelope.Terms{}, envelope.ErrEmpty)
	w.refuses([]byte("\r\n\r\n"), envelope.Terms{}, envelope.ErrEmpty)
}

func TestADeliveryForSomebodyElseIsRefused(t *testing.T) {
	w := newWorld(t)
	w.key("other@switch.example", "never")
	other := w.run([]byte(stockFile), "--recipient", "other@switch.example", "--local-user", theirAddress, "--sign", "--encrypt")
	err := w.refuses(other, envelope.Terms{}, envelope.ErrNotForUs)
	id := w.subkey("other@switch.example")
	if !strings.Contains(err.Error(), id) {
		t.Errorf("the error does not say that it is encrypted to %s: %v", id, err)
	}
	w.refuses(w.run([]byte(stockFile), "--symmetric"), envelope.Terms{}, envelope.ErrNotForUs)
	hidden := w.run([]byte(stockFile), "--hidden-recipient", "other@switch.example", "--local-user", theirAddress, "--sign", "--encrypt")
	w.refuses(hidden, envelope.Terms{}, envelope.ErrNotForUs)
	w.opens(w.run([]byte(stockFile), "--hidden-recipient", ourAddress, "--local-user", theirAddress, "--sign", "--encrypt"), envelope.FormFile)
}

func TestAnUnsignedDeliveryIsRefusedUnlessTheSupplierMay(t *testing.T) {
	w := newWorld(t)
	unsigned := w.run([]byte(stockFile), "--recipient", ourAddress, "--encrypt")
	w.refuses(unsigned, envelope.Terms{Supplier: "ACME"}, envelope.ErrUnsigned)
	d, clear, err := w.read(unsigned, envelope.Terms{Supplier: "ACME", Unsigned: true})
	if err != nil || clear != stockFile {
		t.Fatalf("%q, %v", clear, err)
	}
	if result, err := d.Result(); err != nil || result.Signed || result.Supplier != "" || result.Fingerprint != "" {
		t.Errorf("the result is %+v, %v", result, err)
	}
	// A signature that is there is judged all the same.
	w.key("thief@bad.example", "never")
	forged := w.run([]byte(stockFile), "--recipient", ourAddress, "--local-user", "thief@bad.example", "--sign", "--encrypt")
	w.refuses(forged, envelope.Terms{Unsigned: true}, envelope.ErrUnknownSigner)
}

func TestADeliveryBySomebodyElseIsRefused(t *testing.T) {
	w := newWorld(t)
	w.key("thief@bad.example", "never")
	forged := w.run([]byte(stockFile), "--recipient", ourAddress, "--local-user", "thief@bad.example", "--sign", "--encrypt")
	err := w.refuses(forged, envelope.Terms{}, envelope.ErrUnknownSigner)
	print := w.fingerprint("thief@bad.example")
	if !strings.Contains(err.Error(), print[len(print)-16:]) {
		t.Errorf("the error does not say whose key it is: %v", err)
	}
	rival, newErr := envelope.NewKeyring(map[string][]string{"ACME": {w.theirs}, "RIVAL": {w.public("thief@bad.example")}})
	if newErr != nil {
		t.Fatal(newErr)
	}
	w.opener.Suppliers = rival
	w.refuses(forged, envelope.Terms{Supplier: "ACME"}, envelope.ErrOtherSigner)
	if d, _, err := w.read(forged, envelope.Terms{}); err != nil {
		t.Error(err)
	} else if result, _ := d.Result(); result.Supplier != "RIVAL" {
		t.Errorf("the signer is %q", result.Supplier)
	}
	// Signed by both it is also the supplier's.
	both := w.run([]byte(stockFile), "--recipient", ourAddress, "--local-user", "thief@bad.example", "--local-user", theirAddress, "--sign", "--encrypt")
	w.opener.Suppliers = w.pin(w.theirs)
	w.opens(both, envelope.FormFile)
}

func TestWhatWeSignedOurselvesIsNoDelivery(t *testing.T) {
	w := newWorld(t)
	toUs, err := envelope.NewKeyring(map[string][]string{"US": {w.public(ourAddress)}})
	if err != nil {
		t.Fatal(err)
	}
	order, err := toUs.Encrypt("US", []byte(stockFile), w.ours, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	w.refuses([]byte(order), envelope.Terms{}, envelope.ErrUnknownSigner)
}

func TestASignatureOverOtherContentsIsWrong(t *testing.T) {
	w := newWorld(t)
	signed := w.run([]byte(stockFile), "--compress-algo", "none", "--local-user", theirAddress, "--sign")
	changed := bytes.Replace(signed, []byte("|10.00|0"), []byte("|90.00|0"), 1)
	if bytes.Equal(changed, signed) {
		t.Fatal("nothing was changed")
	}
	// GnuPG encrypts what is signed already as it is.
	w.opens(w.run(signed, "--no-literal", "--compress-algo", "none", "--recipient", ourAddress, "--encrypt"), envelope.FormFile)
	w.refuses(w.run(changed, "--no-literal", "--compress-algo", "none", "--recipient", ourAddress, "--encrypt"), envelope.Terms{}, envelope.ErrSignature)
}

func TestASignatureFromTheFutureIsRefused(t *testing.T) {
	w := newWorld(t)
	now := time.Now()
	input := w.seal([]byte(stockFile))
	w.opener.Now = func() time.Time { return now.Add(-envelope.ClockSkew / 2) }
	w.opens(input, envelope.FormFile)
	// The key would be from the future, too: it is made a day earlier.
	early := newGPG(t)
	early.learn(w.public(ourAddress))
	key := early.key(theirAddress, "never", faked(now.Add(-24*time.Hour)))
	w.opener.Suppliers = w.pin(key)
	w.opener.Now = func() time.Time { return now.Add(-time.Hour) }
	w.refuses(early.seal([]byte(stockFile)), envelope.Terms{}, envelope.ErrSignatureDate)
}

func TestAnExpiredKeyOpensNothingUntilItIsRenewed(t *testing.T) {
	w := newWorld(t)
	now := time.Now()
	day := 24 * time.Hour
	old := newGPG(t)
	old.learn(w.public(ourAddress))
	key := old.key(theirAddress, "30d", faked(now.Add(-60*day)))
	input := old.seal([]byte(stockFile), faked(now.Add(-45*day)), "--ignore-time-conflict", "--ignore-valid-from")
	w.opener.Suppliers = w.pin(key)
	w.opener.Now = func() time.Time { return now.Add(-44 * day) }
	w.opens(input, envelope.FormFile)
	// It was good when it signed, and no longer is.
	w.opener.Now = nil
	err := w.refuses(input, envelope.Terms{}, envelope.ErrKeyExpired)
	if !strings.Contains(err.Error(), "ACME") {
		t.Errorf("the error does not say whose key: %v", err)
	}
	old.run(nil, "--quick-set-expire", old.fingerprint(theirAddress), "never")
	w.opener.Suppliers = w.pin(old.public(theirAddress))
	w.refuses(input, envelope.Terms{}, envelope.ErrSignatureDate)
	w.opens(old.seal([]byte(stockFile)), envelope.FormFile)
	// As we know the key, it had expired when it signed.
	w.opener.Suppliers = w.pin(key)
	w.refuses(old.seal([]byte(stockFile)), envelope.Terms{}, envelope.ErrKeyExpired)
}

func TestARevokedKeyOpensNothing(t *testing.T) {
	w := newWorld(t)
	input := w.seal([]byte(stockFile))
	w.opens(input, envelope.FormFile)
	w.opener.Suppliers = w.pin(w.revoke(theirAddress))
	w.refuses(input, envelope.Terms{}, envelope.ErrKeyRevoked)
}

func TestADeliveryThatIsCutShortIsRefusedWhereverItIsCut(t *testing.T) {
	w := newWorld(t)
	binary := w.seal([]byte(stockFile))
	for n := 1; n < len(binary); n += 7 {
		w.refuses(binary[:n], envelope.Terms{}, envelope.ErrTruncated)
	}
	armoured := w.seal([]byte(stockFile), "--armor")
	body := bytes.Index(armoured, []byte("\n\n")) + 2
	for n := body + 1; n < len(armoured)-2; n += 31 {
		w.refuses(armoured[:n], envelope.Terms{}, envelope.ErrTruncated)
	}
	whole := pgpMIME(armoured)
	for n := bytes.Index(whole, []byte(armoured[:10])) + 100; n < len(whole)-8; n += 41 {
		w.refuses(whole[:n], envelope.Terms{}, envelope.ErrTruncated)
	}
	file := attached("application/octet-stream", "stock.gpg", binary)
	w.refuses(file[:len(file)-60], envelope.Terms{}, envelope.ErrTruncated)
}

func TestADeliveryThatWasAlteredIsRefusedWhereverItWas(t *testing.T) {
	w := newWorld(t)
	binary := w.seal([]byte(stockFile))
	for i := 0; i < len(binary); i += 3 {
		changed := bytes.Clone(binary)
		changed[i] ^= 0x10
		_, _, err := w.read(changed, envelope.Terms{})
		if err == nil {
			t.Errorf("with byte %d altered it opens", i)
		}
	}
	data := len(binary) - 100
	for i := data; i < len(binary); i += 9 {
		changed := bytes.Clone(binary)
		changed[i] ^= 0x10
		w.refuses(changed, envelope.Terms{}, envelope.ErrAltered)
	}
	armoured := w.seal([]byte(stockFile), "--armor")
	at := bytes.Index(armoured, []byte("\n\n")) + 300
	armoured[at] ^= 0x01
	w.refuses(armoured, envelope.Terms{}, envelope.ErrAltered)
	w.refuses(append(bytes.Clone(binary), "junk"...), envelope.Terms{}, envelope.ErrAltered)
}

func TestAMessageWithoutProtectionAgainstAlterationIsRefused(t *testing.T) {
	w := newWorld(t)
	binary := w.seal([]byte(stockFile))
	at := 2 + int(binary[1]) // after the packet with the encrypted key
	if binary[at] != 0xd2 {
		t.Fatalf("there is no packet 18, but %x", binary[at])
	}
	binary[at] = 0xc9 // packet 9, its unprotected predecessor
	w.refuses(binary, envelope.Terms{}, envelope.ErrUnprotected)
}

func TestAZipBombIsRefusedBeforeItIsUnpacked(t *testing.T) {
	w := newWorld(t)
	zeros := make([]byte, 16<<20)
	for _, algorithm := range []string{"zlib", "bzip2", "zip"} {
		bomb := w.seal(zeros, "--compress-algo", algorithm, "--compress-level", "9")
		d, err := w.opener.Open(bytes.NewReader(bomb), envelope.Terms{})
		if err != nil {
			t.Fatal(err)
		}
		n, err := io.Copy(io.Discard, d)
		if !errors.Is(err, envelope.ErrUnpacked) || n > envelope.RatioFloor+1<<20 {
			t.Errorf("%s: %d bytes were unpacked: %v", algorithm, n, err)
		}
	}
	w.opener.Limits = envelope.Limits{Cleartext: 100}
	w.refuses(w.seal(bytes.Repeat([]byte("x"), 101)), envelope.Terms{}, envelope.ErrUnpacked)
	_, clear, err := w.read(w.seal(bytes.Repeat([]byte("x"), 100)), envelope.Terms{})
	if len(clear) != 100 || err != nil {
		t.Errorf("at the limit %d bytes, %v", len(clear), err)
	}
}

// Anybody may send a mail that says again and again that a message begins.
func TestAMailOfNothingButBeginningsTakesNoMoreMemoryThanOne(t *testing.T) {
	w := newWorld(t)
	flood := bytes.Repeat([]byte("-----BEGIN PGP MESSAGE-----\n\n"), 8<<20/29)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := w.opener.Open(bytes.NewReader(flood), envelope.Terms{})
	runtime.ReadMemStats(&after)
	if err == nil {
		t.Error("it was opened")
	}
	if taken := after.TotalAlloc - before.TotalAlloc; taken > 16<<20 {
		t.Errorf("%d bytes were taken for it (%v)", taken, err)
	}
}

// unreadable is a file that must not be read.
type unreadable struct{ io.ReadSeeker }

var errRead = errors.New("it was read")

func (unreadable) Read([]byte) (int, error)          { return 0, errRead }
func (unreadable) ReadAt([]byte, int64) (int, error) { return 0, errRead }

func TestAnAttachmentOfAHundredMegabytesIsRefusedUnread(t *testing.T) {
	w := newWorld(t)
	huge := io.NewSectionReader(unreadable{}, 0, 100<<20)
	_, err := w.opener.Open(unreadable{huge}, envelope.Terms{})
	if !errors.Is(err, envelope.ErrTooLarge) {
		t.Errorf("the error is %v", err)
	}
	_, err = w.opener.Open(unreadable{io.NewSectionReader(unreadable{}, 0, 1<<20)}, envelope.Terms{})
	if !errors.Is(err, errRead) {
		t.Errorf("the error of the reader became %v", err)
	}
}

func TestAnEmptyEnvelopeIsRefused(t *testing.T) {
	w := newWorld(t)
	w.refuses(w.seal(nil), envelope.Terms{}, envelope.ErrEmpty)
}

func TestAFloodOfAnnouncedSignaturesIsRefusedAtOnce(t *testing.T) {
	w := newWorld(t)
	announced := []byte{0xc4, 13, 3, 0, 8, 22, 1, 2, 3, 4, 5, 6, 7, 8, 0}
	flood := bytes.Repeat(announced, 500_000)
	packed := new(bytes.Buffer)
	packed.Write([]byte{0xc8, 0xff, 0, 0, 0, 0, 2}) // compressed by zlib
	zipper := zlib.NewWriter(packed)
	if _, err := zipper.Write(flood); err != nil {
		t.Fatal(err)
	}
	if err := zipper.Close(); err != nil {
		t.Fatal(err)
	}
	binary.BigEndian.PutUint32(packed.Bytes()[2:], uint32(packed.Len()-6))
	for name, message := range map[string][]byte{"packed": packed.Bytes(), "not packed": flood} {
		sealed := w.run(message, "--no-literal", "--compress-algo", "none", "--recipient", ourAddress, "--encrypt")
		began := time.Now()
		w.refuses(sealed, envelope.Terms{}, envelope.ErrAltered)
		// Without the limit it takes many minutes.
		if took := time.Since(began); took > time.Minute {
			t.Errorf("%s: it took %v", name, took)
		}
	}
}
