package envelope

import (
	"bufio"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"mime/quotedprintable"
	"path"
	"strings"

	"github.com/emersion/go-message"
	"github.com/emersion/go-message/textproto"
)

// leaf is a part of a mail that has no parts itself, in the order of the mail.
type leaf struct {
	kind       string // media type, in small letters
	parent     string // of the multipart that it is in
	name       string // of the attached file, without folders; may be empty
	attachment bool
	body       io.Reader // with its transfer encoding undone; charsets are left alone
}

// parts goes through the leaves of a mail as they come.
type parts struct {
	limits Limits
	in     *budget
	header textproto.Header // of the mail
	body   io.Reader
	begun  bool
	bare   *leaf // the only leaf of what is no mail
	stack  []level
	seen   int
}

type level struct {
	kind   string
	reader *textproto.MultipartReader
	part   *textproto.Part // the one being read
}

// budget reads no more than left bytes, if that is not negative. It bounds headers,
// which are held in memory.
type budget struct {
	in   io.Reader
	left int64
}

func (b *budget) Read(p []byte) (int, error) {
	if b.left < 0 {
		return b.in.Read(p)
	}
	if b.left == 0 {
		return 0, because(ErrTooLarge, "a header of the mail is too long")
	}
	n, err := b.in.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}

const unbounded = -1

// readAhead is what the readers of a mail read more than they need.
const readAhead = 16 << 10

// partsOf reads the header of a mail.
func partsOf(r io.Reader, limits Limits) (*parts, error) {
	in := &budget{in: r, left: limits.Header + readAhead}
	body := bufio.NewReaderSize(in, readAhead)
	header, err := textproto.ReadHeader(body)
	in.left = unbounded
	if errors.Is(err, ErrTooLarge) {
		return nil, err
	}
	if err != nil && err != io.EOF {
		return nil, because(ErrMalformed, "its header cannot be read")
	}
	return &parts{limits: limits, in: in, header: header, body: body}, nil
}

// next returns the next leaf, and io.EOF after the last.
func (p *parts) next() (*leaf, error) {
	if p.bare != nil {
		l := p.bare
		p.bare = nil
		return l, nil
	}
	if !p.begun {
		p.begun = true
		if l, err := p.enter(p.header, p.body, ""); l != nil || err != nil {
			return l, err
		}
	}
	for len(p.stack) > 0 {
		top := &p.stack[len(p.stack)-1]
		part, err := p.nextPart(top)
		if err == io.EOF {
			p.stack = p.stack[:len(p.stack)-1]
			continue
		}
		if err != nil {
			return nil, broken(err)
		}
		if l, err := p.enter(part.Header, part, top.kind); l != nil || err != nil {
			return l, err
		}
	}
	return nil, io.EOF
}

func (p *parts) nextPart(top *level) (*textproto.Part, error) {
	if top.part != nil {
		if _, err := io.Copy(io.Discard, top.part); err != nil {
			return nil, err
		}
		top.part = nil
	}
	p.in.left = p.limits.Header + readAhead
	part, err := top.reader.NextPart()
	p.in.left = unbounded
	top.part = part
	return part, err
}

// broken says what it means that a multipart does not end as it should.
func broken(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return because(ErrTruncated, "the last boundary of the mail is missing; ask the supplier to send it again")
	}
	var known *fault
	if errors.As(err, &known) {
		return err
	}
	return because(ErrMalformed, "a part of it cannot be read; ask the supplier to send it again")
}

// enter returns the leaf that an entity is, or goes down into its parts.
func (p *parts) enter(header textproto.Header, body io.Reader, parent string) (*leaf, error) {
	if p.seen++; p.seen > p.limits.Parts {
		return nil, because(ErrTooLarge, "the mail has more than %d parts", p.limits.Parts)
	}
	head := message.Header{Header: header}
	kind, params, err := head.ContentType()
	if err != nil || kind == "" {
		kind = "text/plain"
	}
	kind = strings.ToLower(kind)
	multipart := strings.HasPrefix(kind, "multipart/")
	if (multipart || kind == "message/rfc822") && len(p.stack) == p.limits.Depth {
		return nil, because(ErrTooLarge, "the mail has parts within parts, more than %d deep", p.limits.Depth)
	}
	switch {
	case multipart && params["boundary"] == "":
		return nil, because(ErrMalformed, "its parts have no boundary")
	case multipart:
		p.stack = append(p.stack, level{kind: kind, reader: textproto.NewMultipartReader(body, params["boundary"])})
		return nil, nil
	}
	decoded, err := undo(header.Get("Content-Transfer-Encoding"), body)
	if err != nil {
		return nil, err
	}
	if kind == "message/rfc822" {
		return p.enterMail(decoded)
	}
	disposition, filed, _ := head.ContentDisposition()
	name := fileName(filed["filename"], params["name"])
	attachment := strings.EqualFold(disposition, "attachment") || name != ""
	return &leaf{kind: kind, parent: parent, name: name, attachment: attachment, body: decoded}, nil
}

// enterMail goes into a mail that is a part of another.
func (p *parts) enterMail(body io.Reader) (*leaf, error) {
	inner := &budget{in: body, left: p.limits.Header + readAhead}
	buffered := bufio.NewReaderSize(inner, readAhead)
	header, err := textproto.ReadHeader(buffered)
	inner.left = unbounded
	if errors.Is(err, ErrTooLarge) {
		return nil, err
	}
	if err != nil && err != io.EOF {
		return nil, because(ErrMalformed, "the header of a mail within it cannot be read")
	}
	// The level keeps the count of depth, and has no parts of its own.
	p.stack = append(p.stack, level{kind: "message/rfc822", reader: textproto.NewMultipartReader(strings.NewReader("--x--\r\n"), "x")})
	return p.enter(header, buffered, "message/rfc822")
}

// undo undoes a transfer encoding.
func undo(encoding string, body io.Reader) (io.Reader, error) {
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "base64":
		return base64.NewDecoder(base64.StdEncoding, body), nil
	case "quoted-printable":
		return quotedprintable.NewReader(body), nil
	case "", "7bit", "8bit", "binary":
		return body, nil
	default:
		return nil, because(ErrMalformed, "a part of it is in an unknown transfer encoding")
	}
}

// fileName is the first name given, of a file alone, with encoded words decoded.
func fileName(names ...string) string {
	for _, name := range names {
		words := mime.WordDecoder{CharsetReader: anyCharset}
		if decoded, err := words.DecodeHeader(name); err == nil {
			name = decoded
		}
		name = printable(strings.ReplaceAll(name, `\`, "/"), maxName)
		if name != "" {
			return path.Base(name)
		}
	}
	return ""
}

const maxName = 200

// anyCharset leaves bytes as they are: printable judges them.
func anyCharset(_ string, r io.Reader) (io.Reader, error) { return r, nil }

// printable is a text that does no harm where it is shown: without control and
// formatting characters, and no longer than a number of characters.
func printable(text string, longest int) string {
	var b strings.Builder
	for _, r := range strings.ToValidUTF8(text, "?") {
		if longest == 0 {
			break
		}
		if isPlain(r) {
			b.WriteRune(r)
			longest--
		}
	}
	return strings.TrimSpace(b.String())
}
