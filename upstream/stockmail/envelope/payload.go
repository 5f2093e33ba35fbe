package envelope

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
)

// accompanying is the longest text, in bytes, that is taken for the letter beside an
// attached file. A longer one is the file.
const accompanying = 64 << 10

// unwrap returns the stock file in the cleartext: the cleartext itself, or the
// payload of the mail part that it is.
func unwrap(clear *bufio.Reader, form Form, limits Limits) io.Reader {
	start, _ := clear.Peek(maxLine)
	if !isPart(start, form) {
		return clear
	}
	return &payload{clear: clear, limits: limits}
}

// isPart says whether cleartext begins as a part of a mail does. That of PGP/MIME
// should, and what was saved from a PGP/MIME mail does.
func isPart(start []byte, form Form) bool {
	if !looksLikeMail(start) {
		return false
	}
	name, _, _ := bytes.Cut(start, []byte(":"))
	field := strings.ToLower(string(bytes.TrimSpace(name)))
	return form == FormMIME || strings.HasPrefix(field, "content-") || field == "mime-version"
}

// payload reads the one file out of a part of a mail: the attached file, or, if none
// is, the text. Keys and detached signatures that mail programs add are passed over.
type payload struct {
	clear  *bufio.Reader
	limits Limits
	all    *parts
	body   io.Reader // of the file
	isText bool      // the file is a text that was not attached
	err    error
}

func (p *payload) Read(b []byte) (int, error) {
	if p.err == nil && p.body == nil {
		p.err = p.choose()
	}
	if p.err != nil {
		return 0, p.err
	}
	n, err := p.body.Read(b)
	if err == io.EOF {
		err = p.finish()
	}
	if err != nil {
		p.err = contents(err)
	}
	return n, p.err
}

// choose finds the file. It holds one accompanying text in memory, which may turn out
// to be it.
func (p *payload) choose() error {
	var err error
	if p.all, err = partsOf(p.clear, p.limits); err != nil {
		return contents(err)
	}
	var text []byte
	texts := 0
	for {
		l, err := p.all.next()
		switch {
		case err == io.EOF && texts == 1:
			p.body, p.isText = bytes.NewReader(text), true
			return nil
		case err == io.EOF && texts == 0:
			return because(ErrContents, "it is a mail without an attached file or a text; ask the supplier to attach the file")
		case err == io.EOF:
			return because(ErrContents, "it is a mail with %d texts and no attached file; ask the supplier to attach the file", texts)
		case err != nil:
			return contents(err)
		case l.passedOver():
			continue
		case l.isFile():
			p.body = l.body
			return nil
		}
		found, err := io.ReadAll(io.LimitReader(l.body, accompanying+1))
		switch {
		case err != nil:
			return contents(err)
		case len(found) > accompanying:
			p.body, p.isText = io.MultiReader(bytes.NewReader(found), l.body), true
			return nil
		case len(bytes.TrimSpace(found)) > 0:
			text, texts = found, texts+1
		}
	}
}

// finish looks at what follows the file.
func (p *payload) finish() error {
	for {
		l, err := p.all.next()
		if err != nil {
			return err
		}
		if !l.passedOver() && (l.isFile() || p.isText) {
			return because(ErrContents, "there are several files; ask the supplier for one delivery a mail")
		}
	}
}

func (l *leaf) isFile() bool {
	return l.attachment || !strings.HasPrefix(l.kind, "text/")
}

func (l *leaf) passedOver() bool {
	switch l.kind {
	case "application/pgp-keys", "application/pgp-signature", "text/html", "text/rfc822-headers":
		return true
	default:
		return false
	}
}

// contents says of an error in a part of a mail that it is within the envelope.
func contents(err error) error {
	var known *fault
	switch {
	case err == io.EOF:
		return err
	case errors.As(err, &known) && known.kind == ErrContents, errors.Is(err, ErrUnpacked):
		return err
	case errors.As(err, &known):
		return because(ErrContents, "in the mail within it %s", known.remedy)
	default:
		return because(ErrContents, "the attached file is not in the transfer encoding that it says; ask the supplier to send it again")
	}
}
