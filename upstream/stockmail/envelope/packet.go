package envelope

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
)

// Packets of a message that matter before it is decrypted (RFC 9580, section 5).
const (
	tagPublicKeyESK     = 1
	tagSignature        = 2
	tagPasswordESK      = 3
	tagOnePass          = 4
	tagCompressed       = 8
	tagUnprotected      = 9
	tagMarker           = 10
	tagLiteral          = 11
	tagProtected        = 18
	tagAEAD             = 20
	tagPadding          = 21
	publicKeyESKVersion = 3
)

// outline is what a message shows without a key.
type outline struct {
	recipients []uint64 // ids of the keys it is encrypted to; 0 hides one
	password   bool     // a password opens it as well
	aead       bool     // it is protected piece by piece
}

// looksEncrypted says whether a file that begins so may be a binary PGP message.
func looksEncrypted(first byte) bool {
	switch tag, _ := tagOf(first); tag {
	case tagPublicKeyESK, tagPasswordESK, tagUnprotected, tagProtected, tagAEAD, tagMarker, tagCompressed, tagOnePass, tagSignature, tagLiteral:
		return true
	default:
		return false
	}
}

// tagOf returns the kind of packet that begins with a byte, or -1.
func tagOf(first byte) (tag int, newFormat bool) {
	switch {
	case first&0x80 == 0:
		return -1, false
	case first&0x40 != 0:
		return int(first & 0x3f), true
	default:
		return int(first >> 2 & 0x0f), false
	}
}

// inspect walks over the packets of a message, so that one that is cut short, in
// clear, or without protection is found out before any of it is decrypted.
func inspect(r io.Reader) (outline, error) {
	in := bufio.NewReaderSize(r, armourWindow)
	var seen outline
	data := false
	for first := true; ; first = false {
		b, err := in.ReadByte()
		if err == io.EOF && data {
			return seen, nil
		}
		if err == io.EOF {
			return seen, because(ErrTruncated, "it ends before the encrypted data; ask the supplier to send it again")
		}
		if err != nil {
			return seen, err
		}
		tag, newFormat := tagOf(b)
		switch {
		case data && (tag == tagProtected || tag == tagAEAD || tag == tagPublicKeyESK || tag == tagPasswordESK):
			return seen, because(ErrSeveral, "one PGP message follows another; ask the supplier for one delivery a file")
		case data && tag != tagPadding && tag != tagMarker:
			return seen, because(ErrAltered, "something follows the encrypted message; ask the supplier to send it again")
		}
		body := &packetBody{in: in, newFormat: newFormat, kind: int(b & 3)}
		if err := seen.note(tag, first, body); err != nil {
			return seen, whole(err)
		}
		if _, err := io.Copy(io.Discard, body); err != nil {
			return seen, whole(err)
		}
		data = data || tag == tagProtected || tag == tagAEAD
	}
}

func (o *outline) note(tag int, first bool, body io.Reader) error {
	switch tag {
	case tagPublicKeyESK:
		if len(o.recipients) == MaxRecipients {
			return because(ErrTooLarge, "it is encrypted to more than %d keys", MaxRecipients)
		}
		var head [9]byte
		if _, err := io.ReadFull(body, head[:]); err != nil {
			return err
		}
		id := binary.BigEndian.Uint64(head[1:])
		if head[0] != publicKeyESKVersion {
			id = 0
		}
		o.recipients = append(o.recipients, id)
	case tagPasswordESK:
		o.password = true
	case tagProtected:
		var version [1]byte
		if _, err := io.ReadFull(body, version[:]); err != nil {
			return err
		}
		o.aead = version[0] > 1
	case tagAEAD:
		o.aead = true
	case tagPadding, tagMarker:
	case tagUnprotected:
		return because(ErrUnprotected, "the supplier's PGP program is too old, or told not to protect it; ask for a message with MDC or AEAD")
	case tagCompressed, tagLiteral, tagOnePass, tagSignature:
		return because(ErrNotEncrypted, "there is a PGP message that is at most signed; ask the supplier to encrypt to our key, and treat its PINs as seen")
	default:
		if first {
			return because(ErrNotEncrypted, "what is named as a PGP message is none; ask the supplier to send it again")
		}
		return because(ErrAltered, "it is no well-formed PGP message; ask the supplier to send it again")
	}
	return nil
}

// whole turns the end of the input within a packet into words.
func whole(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return because(ErrTruncated, "the PGP message ends in the midst of a packet; ask the supplier to send it again")
	}
	return err
}

// packetBody reads the body of a packet, in whichever form its length is given.
type packetBody struct {
	in        *bufio.Reader
	newFormat bool
	kind      int // of length, in the old format
	left      int64
	last      bool // what is left is the last piece
	endless   bool // to the end of the input
}

func (b *packetBody) Read(p []byte) (int, error) {
	for b.left == 0 && !b.endless {
		if b.last {
			return 0, io.EOF
		}
		if err := b.length(); err != nil {
			return 0, whole(err)
		}
	}
	if !b.endless && int64(len(p)) > b.left {
		p = p[:b.left]
	}
	n, err := b.in.Read(p)
	b.left -= int64(n)
	if err == io.EOF && !b.endless {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// length reads the next length. Of the old format's there is one only.
func (b *packetBody) length() error {
	if !b.newFormat {
		b.last = true
		if b.kind == 3 {
			b.endless = true
			return nil
		}
		return b.number(1 << b.kind)
	}
	first, err := b.in.ReadByte()
	if err != nil {
		return err
	}
	switch {
	case first < 192:
		b.left, b.last = int64(first), true
	case first < 224:
		second, err := b.in.ReadByte()
		if err != nil {
			return err
		}
		b.left, b.last = int64(first-192)<<8+int64(second)+192, true
	case first < 255:
		b.left = 1 << (first & 0x1f)
	default:
		b.last = true
		return b.number(4)
	}
	return nil
}

func (b *packetBody) number(octets int) error {
	var digits [4]byte
	if _, err := io.ReadFull(b.in, digits[4-octets:]); err != nil {
		return err
	}
	b.left = int64(binary.BigEndian.Uint32(digits[:]))
	return nil
}
