package envelope_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/vendswitch/vendswitch/upstream/stockmail/envelope"
)

func TestSeveralEncryptedPartsAreRefused(t *testing.T) {
	w := newWorld(t)
	binary, armoured := w.seal([]byte(stockFile)), w.seal([]byte(stockFile), "--armor")
	one := "--mix\nContent-Type: application/octet-stream; name=a.gpg\nContent-Transfer-Encoding: base64\n\n" + wrapped(binary) + "\n"
	for name, input := range map[string][]byte{
		"two attached files":            mail("Content-Type: multipart/mixed; boundary=mix\n", one+one+"--mix--\n"),
		"two in the text":               mail("Content-Type: text/plain\n", string(armoured)+"\n"+string(armoured)),
		"one in the text, one attached": mail("Content-Type: multipart/mixed; boundary=mix\n", "--mix\n\n"+string(armoured)+"\n"+one+"--mix--\n"),
		"one after the other in a file": append(append([]byte{}, binary...), binary...),
		"one after the other, armoured": append(append([]byte{}, armoured...), armoured...),
		"a whole one and one cut short": append(append([]byte{}, armoured...), armoured[:len(armoured)-40]...),
	} {
		t.Run(name, func(t *testing.T) { w.in(t).refuses(input, envelope.Terms{}, envelope.ErrSeveral) })
	}
}

func TestSeveralFilesInAnEnvelopeAreRefused(t *testing.T) {
	w := newWorld(t)
	const file = "--in\r\nContent-Type: text/plain; name=a.txt\r\nContent-Disposition: attachment\r\n\r\n" + stockFile + "\r\n"
	const text = "--in\r\nContent-Type: text/plain\r\n\r\nHerewith.\r\n"
	const head = "Content-Type: multipart/mixed; boundary=in\r\n\r\n"
	for name, entity := range map[string]string{
		"two files":              head + file + file + "--in--\r\n",
		"two texts":              head + text + text + "--in--\r\n",
		"no file":                head + "--in\r\nContent-Type: text/html\r\n\r\n<p>Herewith.</p>\r\n--in--\r\n",
		"a file cut short":       head + file,
		"a file in bad encoding": head + "--in\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment\r\n\r\n!!!!\r\n--in--\r\n",
		"a long text and a file": head + "--in\r\nContent-Type: text/plain\r\n\r\n" + strings.Repeat(stockFile, 1000) + "\r\n" + file + "--in--\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			w.in(t).refuses(pgpMIME(w.in(t).seal([]byte(entity), "--armor")), envelope.Terms{}, envelope.ErrContents)
		})
	}
	for name, entity := range map[string]string{
		"a letter, a file, a key": head + text + file + "--in\r\nContent-Type: application/pgp-keys; name=k.asc\r\n\r\nkey\r\n--in--\r\n",
		"a file and a disclaimer": head + file + text + "--in--\r\n",
		"a text":                  "Content-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" + stockFile,
	} {
		t.Run(name, func(t *testing.T) {
			w.in(t).opens(pgpMIME(w.in(t).seal([]byte(entity), "--armor")), envelope.FormMIME)
		})
	}
	// The signature weighs more than the contents.
	unsigned := w.run([]byte(head+file+file+"--in--\r\n"), "--recipient", ourAddress, "--encrypt", "--armor")
	w.refuses(pgpMIME(unsigned), envelope.Terms{}, envelope.ErrUnsigned)
}

func TestALongTextIsTheFile(t *testing.T) {
	w := newWorld(t)
	long := strings.Repeat(stockFile, 1000)
	input := pgpMIME(w.seal([]byte("Content-Type: text/plain\r\n\r\n"+long), "--armor"))
	_, clear, err := w.read(input, envelope.Terms{})
	if err != nil || clear != long {
		t.Errorf("%d bytes, where %d were sent: %v", len(clear), len(long), err)
	}
}

func TestPartsWithinPartsAreFollowedToALimit(t *testing.T) {
	w := newWorld(t)
	armoured := w.seal([]byte(stockFile), "--armor")
	nested := func(depth int) []byte {
		head, body := "Content-Type: text/plain\n", string(armoured)
		for i := range depth {
			body = fmt.Sprintf("--b%d\n%s\n%s\n--b%d--\n", i, head, body, i)
			head = fmt.Sprintf("Content-Type: multipart/mixed; boundary=b%d\n", i)
		}
		return mail(head, body)
	}
	w.opens(nested(envelope.DefaultDepth), envelope.FormInline)
	w.refuses(nested(envelope.DefaultDepth+1), envelope.Terms{}, envelope.ErrTooLarge)
	w.refuses(nested(500), envelope.Terms{}, envelope.ErrTooLarge)

	many := mail("Content-Type: multipart/mixed; boundary=m\n", strings.Repeat("--m\n\nx\n", envelope.DefaultParts)+"--m--\n")
	w.refuses(many, envelope.Terms{}, envelope.ErrTooLarge)
	long := mail("X-Long: "+strings.Repeat("x", envelope.DefaultHeader+1<<16)+"\nContent-Type: text/plain\n", string(armoured))
	w.refuses(long, envelope.Terms{}, envelope.ErrTooLarge)
	inPart := mail("Content-Type: multipart/mixed; boundary=m\n", "--m\nX-Long: "+strings.Repeat("x", envelope.DefaultHeader+1<<16)+"\n\nx\n--m--\n")
	w.refuses(inPart, envelope.Terms{}, envelope.ErrTooLarge)
	w.refuses(mail("Content-Type: multipart/mixed\n", "--m\n\nx\n--m--\n"), envelope.Terms{}, envelope.ErrMalformed)
}

func TestAMailWithinAMailIsOpened(t *testing.T) {
	w := newWorld(t)
	inner := pgpMIME(w.seal([]byte(stockFile), "--armor"))
	outer := mail("Content-Type: multipart/mixed; boundary=out\n", "--out\n\nSee below.\n--out\nContent-Type: message/rfc822\n\n"+string(inner)+"\n--out--\n")
	w.opens(outer, envelope.FormMIME)
}

func TestACharsetThatIsWrongDoesNoHarm(t *testing.T) {
	w := newWorld(t)
	armoured := string(w.seal([]byte(stockFile), "--armor"))
	for _, charset := range []string{"utf-16", "x-klingon", "\"\"", "iso-2022-jp"} {
		w.opens(mail("Content-Type: text/plain; charset="+charset+"\n", armoured), envelope.FormInline)
	}
	w.opens(mail("Content-Type: text/plain; charset=utf-16; =\n", armoured), envelope.FormInline)
	w.opens(mail("Content-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n", strings.ReplaceAll(armoured, "=", "=3D")), envelope.FormInline)
}

func TestArmourSurvivesWhatMailProgramsDoToIt(t *testing.T) {
	w := newWorld(t)
	armoured := string(w.seal([]byte(stockFile), "--armor", "--comment", "a: comment"))
	w.opens([]byte("\xef\xbb\xbf"+armoured), envelope.FormFile)
	w.opens([]byte("From desk@supplier.example Wed Nov 25 10:00:00 2026\r\n"+string(mail("Content-Type: text/plain\n", armoured))), envelope.FormInline)
	w.opens(mail("Content-Type: text/plain\n", strings.ReplaceAll(armoured, "\n", "  \n")), envelope.FormInline)
	head, body, _ := strings.Cut(armoured, "\n\n")
	w.opens(mail("Content-Type: text/plain\n", head+"\n\n"+strings.ReplaceAll(body, "\n", "\n\n")), envelope.FormInline)
	lines := strings.Split(strings.TrimSpace(armoured), "\n")
	checksum := len(lines) - 2
	w.opens([]byte(strings.Join(append(lines[:checksum:checksum], lines[checksum+1:]...), "\n")), envelope.FormFile)
	lines[checksum] = "=AAAA"
	w.opens([]byte(strings.Join(lines, "\n")), envelope.FormFile)
}

func TestAMailMustBeFromOneAddress(t *testing.T) {
	w := newWorld(t)
	armoured := string(w.seal([]byte(stockFile), "--armor"))
	good := string(mail("Content-Type: text/plain\n", armoured))
	for name, input := range map[string]string{
		"two From fields":    "From: other@supplier.example\r\n" + good,
		"two addresses":      strings.Replace(good, "From: Voucher Desk", "From: a@b.example, Voucher Desk", 1),
		"no From":            strings.Replace(good, "From:", "X-From:", 1),
		"two Message-IDs":    "Message-ID: <b2@supplier.example>\r\n" + good,
		"two Content-Types":  "Content-Type: text/html\r\n" + good,
		"a broken header":    strings.Replace(good, "To: ", "no colon\r\nTo: ", 1),
		"a strange encoding": strings.Replace(good, "MIME-Version: 1.0", "Content-Transfer-Encoding: x-uuencode", 1),
	} {
		t.Run(name, func(t *testing.T) { w.in(t).refuses([]byte(input), envelope.Terms{}, envelope.ErrMalformed) })
	}
}

func TestTheLetterIsKnownOfARefusedDelivery(t *testing.T) {
	w := newWorld(t)
	binary := w.run([]byte(stockFile), "--symmetric")
	input := attached("application/octet-stream", "a\x01b/../stock.gpg", binary)
	d, _, err := w.read(input, envelope.Terms{})
	if err == nil || d.Letter.From != theirAddress || d.Size != int64(len(binary)) {
		t.Errorf("%+v, %v", d.Letter, err)
	}
	evil := strings.Replace(string(input), "=?utf-8?q?Order_B=C3=A4tch?=", "=?utf-8?q?a=0D=0Ab=1B[2J=E2=80=AEc?="+strings.Repeat("x", 500), 1)
	d, _, _ = w.read([]byte(evil), envelope.Terms{})
	if len([]rune(d.Letter.Subject)) != envelope.MaxSubject || strings.ContainsAny(d.Letter.Subject, "\r\n\x1b\u202e") {
		t.Errorf("the subject is %q", d.Letter.Subject)
	}
}
