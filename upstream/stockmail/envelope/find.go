package envelope

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"strings"
)

// Form is how the encrypted message was in the delivery.
type Form string

// The forms of a delivery.
const (
	FormMIME     Form = "pgp/mime"   // multipart/encrypted, RFC 3156
	FormInline   Form = "inline"     // armour in the text of a mail
	FormAttached Form = "attachment" // a file in a mail
	FormFile     Form = "file"       // no mail
)

// found is an encrypted message in a delivery.
type found struct {
	form    Form
	name    string // of the attached file
	leaf    int    // ordinal of the leaf that it is in
	armour  int    // ordinal of the armour in that leaf; -1 if it is binary
	sum     [sha256.Size]byte
	size    int64
	outline outline
	err     error // why it cannot be opened
}

// finder looks through a delivery for the one encrypted message.
type finder struct {
	limits  Limits
	found   []found
	inClear bool // a text that is signed in clear was seen
}

// find reads a delivery once, to its end.
func find(in io.Reader, limits Limits) (Letter, found, error) {
	f := &finder{limits: limits}
	mail, all, err := open(in, limits)
	if err != nil {
		return Letter{}, found{}, err
	}
	var letter Letter
	if mail {
		if letter, err = readLetter(all.header); err != nil {
			return Letter{}, found{}, err
		}
	}
	for i := 0; ; i++ {
		l, err := all.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return letter, found{}, err
		}
		if err := f.look(l, i); err != nil {
			return letter, found{}, broken(err)
		}
		if len(f.found) > 1 {
			return letter, found{}, because(ErrSeveral, "ask the supplier for one delivery a mail")
		}
	}
	if len(f.found) == 0 {
		return letter, found{}, f.nothing()
	}
	return letter, f.found[0], f.found[0].err
}

func (f *finder) nothing() error {
	if f.inClear {
		return because(ErrNotEncrypted, "there is a text that is signed, but in clear; ask the supplier to encrypt to our key, and treat its PINs as seen")
	}
	return because(ErrNotEncrypted, "ask the supplier to encrypt to our key; if PINs were sent in clear, treat them as seen")
}

// open tells a mail from a bare file, which has a single leaf.
func open(in io.Reader, limits Limits) (mail bool, all *parts, err error) {
	buffered := bufio.NewReaderSize(in, armourWindow)
	if start, _ := buffered.Peek(3); bytes.Equal(start, []byte("\xef\xbb\xbf")) {
		_, _ = buffered.Discard(3)
	}
	start, err := buffered.Peek(armourWindow)
	if err != nil && err != io.EOF {
		return false, nil, err
	}
	if len(bytes.TrimSpace(start)) == 0 && err == io.EOF {
		return false, nil, because(ErrEmpty, "the mail or file has no contents")
	}
	// A program that keeps mails in one file puts this line before each.
	if bytes.HasPrefix(start, []byte("From ")) {
		if _, err := buffered.ReadSlice('\n'); err != nil {
			return false, nil, because(ErrMalformed, "its header cannot be read")
		}
		start, _ = buffered.Peek(armourWindow)
	}
	if looksLikeMail(start) {
		all, err := partsOf(buffered, limits)
		return true, all, err
	}
	return false, bareFile(buffered, limits), nil
}

// looksLikeMail says whether a file begins with a field of a header.
func looksLikeMail(start []byte) bool {
	name, _, ok := bytes.Cut(start, []byte(":"))
	if !ok || len(name) == 0 || len(name) > 76 {
		return false
	}
	for _, c := range bytes.TrimRight(name, " \t") {
		if c <= ' ' || c > '~' {
			return false
		}
	}
	return true
}

// look adds to what was found what is in a leaf. It ends at the second message: anybody
// may send a mail of nothing but beginnings.
func (f *finder) look(l *leaf, ordinal int) error {
	body := bufio.NewReaderSize(l.body, readAhead)
	start, err := body.Peek(1)
	if err == io.EOF || l.kind == "text/html" {
		return nil
	}
	if err != nil {
		return err
	}
	at := found{form: l.form(), name: l.name, leaf: ordinal}
	if looksEncrypted(start[0]) && l.mayBeBinary() {
		at.armour = -1
		f.found = append(f.found, at.judge(body))
		return nil
	}
	before := len(f.found)
	text := linesOf(body)
	for at.armour = 0; len(f.found) < 2; at.armour++ {
		inClear, err := text.find()
		f.inClear = f.inClear || inClear
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		f.found = append(f.found, at.judge(newArmoured(text)))
	}
	if len(f.found) == before && l.mustBeMessage() {
		at.err = because(ErrNotEncrypted, "the part that should be the PGP message is none; ask the supplier to send it again")
		f.found = append(f.found, at)
	}
	return nil
}

// judge reads an encrypted message to its end.
func (m found) judge(message io.Reader) found {
	sum := sha256.New()
	counted := &counter{in: io.TeeReader(message, sum)}
	m.outline, m.err = inspect(counted)
	if m.err == nil || errors.Is(m.err, ErrSeveral) {
		_, err := io.Copy(io.Discard, counted)
		if m.err == nil {
			m.err = err
		}
	}
	m.size = counted.read
	sum.Sum(m.sum[:0])
	return m
}

// take goes to an encrypted message that was found by an earlier reading.
func take(in io.Reader, at found, limits Limits) (io.Reader, error) {
	_, all, err := open(in, limits)
	if err != nil {
		return nil, err
	}
	for i := 0; ; i++ {
		l, err := all.next()
		if err != nil {
			return nil, broken(err)
		}
		if i < at.leaf {
			continue
		}
		if at.armour < 0 {
			return l.body, nil
		}
		text := linesOf(l.body)
		for j := 0; ; j++ {
			if _, err := text.find(); err != nil {
				return nil, broken(err)
			}
			message := newArmoured(text)
			if j == at.armour {
				return message, nil
			}
			if _, err := io.Copy(io.Discard, message); err != nil {
				return nil, err
			}
		}
	}
}

func (l *leaf) form() Form {
	switch {
	case l.parent == "multipart/encrypted":
		return FormMIME
	case l.kind == kindBareFile:
		return FormFile
	case l.attachment || !strings.HasPrefix(l.kind, "text/"):
		return FormAttached
	default:
		return FormInline
	}
}

// kindBareFile is no media type: the leaf is a file that came in no mail.
const kindBareFile = "file"

func bareFile(in io.Reader, limits Limits) *parts {
	return &parts{limits: limits, stack: nil, begun: true, bare: &leaf{kind: kindBareFile, body: in}}
}

// mayBeBinary says whether a leaf that begins like a binary message is looked at as
// one. What is a picture begins so, too.
func (l *leaf) mayBeBinary() bool {
	return l.kind == kindBareFile || l.mustBeMessage() || l.kind == "application/pgp-encrypted" || l.kind == "application/pgp" ||
		l.kind == "application/octet-stream" && l.name == ""
}

// mustBeMessage says whether a leaf is announced as an encrypted message.
func (l *leaf) mustBeMessage() bool {
	if l.parent == "multipart/encrypted" {
		return l.kind != "application/pgp-encrypted"
	}
	name := strings.ToLower(l.name)
	return strings.HasSuffix(name, ".pgp") || strings.HasSuffix(name, ".gpg")
}

// counter counts what is read.
type counter struct {
	in   io.Reader
	read int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	c.read += int64(n)
	return n, err
}
