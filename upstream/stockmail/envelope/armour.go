package envelope

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"errors"
	"io"
)

const (
	armourBegin  = "-----BEGIN PGP MESSAGE-----"
	armourEnd    = "-----END PGP MESSAGE-----"
	clearSigned  = "-----BEGIN PGP SIGNED MESSAGE-----"
	maxLine      = 4096 // bytes of a line that armour is looked for in
	maxArmour    = 1024 // bytes of a line of armour, where 64 are usual
	armourWindow = 64 << 10
)

// lines reads lines without their ends; what is longer than maxLine is cut.
type lines struct{ in *bufio.Reader }

func linesOf(r io.Reader) *lines { return &lines{bufio.NewReaderSize(r, maxLine)} }

func (l *lines) next() ([]byte, error) {
	line, err := l.in.ReadSlice('\n')
	for cut := err; errors.Is(cut, bufio.ErrBufferFull); {
		line = bytes.Clone(line)
		_, cut = l.in.ReadSlice('\n')
		err = cut
	}
	if err == io.EOF && len(line) > 0 {
		err = nil
	}
	return bytes.TrimSpace(line), err
}

// over says whether nothing follows.
func (l *lines) over() bool {
	_, err := l.in.Peek(1)
	return err != nil
}

// find goes to the line after the beginning of the next PGP message. At the end of
// the text it returns io.EOF.
func (l *lines) find() (signedInClear bool, err error) {
	for {
		line, err := l.next()
		if err != nil {
			return signedInClear, err
		}
		switch string(line) {
		case armourBegin:
			return signedInClear, nil
		case clearSigned:
			signedInClear = true
		}
	}
}

// armoured reads the bytes of a message out of its armour (RFC 9580, section 6). It
// returns io.EOF only after the closing line.
type armoured struct {
	lines  *lines
	inside bool // the headers are over
	carry  []byte
	out    []byte
	padded bool // the last group of the base64 was seen
	err    error
	buffer []byte
}

func newArmoured(l *lines) *armoured { return &armoured{lines: l} }

func (a *armoured) Read(p []byte) (int, error) {
	for len(a.out) == 0 {
		if a.err != nil {
			return 0, a.err
		}
		a.err = a.fill()
		if a.err == errDamagedArmour && a.lines.over() {
			a.err = errOpenArmour
		}
	}
	n := copy(p, a.out)
	a.out = a.out[n:]
	return n, nil
}

func (a *armoured) fill() error {
	line, err := a.lines.next()
	if err == io.EOF {
		return errOpenArmour
	}
	if err != nil {
		return err
	}
	switch {
	case !a.inside && (len(line) == 0 || !bytes.Contains(line, []byte(":"))):
		a.inside = true
		if len(line) == 0 {
			return nil
		}
	case !a.inside, len(line) == 0:
		return nil
	}
	switch {
	case bytes.HasPrefix(line, []byte("-----")):
		if string(line) != armourEnd || len(a.carry) > 0 {
			return errDamagedArmour
		}
		return io.EOF
	case len(line) == 5 && line[0] == '=':
		// A checksum, which must not be a reason to refuse (RFC 9580, section 6.1.1):
		// what is altered shows when it is decrypted.
		a.padded = true
		return nil
	case len(line) > maxArmour || a.padded:
		return errDamagedArmour
	}
	return a.decode(line)
}

func (a *armoured) decode(line []byte) error {
	a.carry = append(a.carry, line...)
	whole := len(a.carry) / 4 * 4
	if cap(a.buffer) < whole {
		a.buffer = make([]byte, 2*whole)
	}
	n, err := base64.StdEncoding.Decode(a.buffer[:whole], a.carry[:whole])
	if err != nil {
		return errDamagedArmour
	}
	a.padded = n < whole/4*3
	a.out = a.buffer[:n]
	a.carry = append(a.carry[:0], a.carry[whole:]...)
	return nil
}

var errOpenArmour = because(ErrTruncated, "the line %q is missing at its end; ask the supplier to send it again", armourEnd)

var errDamagedArmour = because(ErrAltered, "its armour is broken, as by a mail program that changed the text; ask the supplier to send it again, as an attachment")
