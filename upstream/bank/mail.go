package bank

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	netmail "net/mail"
	"regexp"
	"strings"
	"time"

	"github.com/emersion/go-message"
	"github.com/emersion/go-message/textproto"
)

// letter is a mail, as far as it matters here.
type letter struct {
	from    string // the one address it is from; empty if there is not exactly one
	subject string
	date    time.Time // of the Date field; zero if it has none
	results []string  // Authentication-Results above the first Received field
	second  string    // why it is at second hand: forwarded, or an answer; empty if it is not
	plain   []string  // texts to be read, outermost first
	html    []string
	parts   int
	size    int // of the texts
}

// errLetter is a mail that cannot be read.
var errLetter = errors.New("the mail cannot be read")

// parseLetter reads a mail. With an error, what could be read is in the letter; it
// is nil if that is not even the header.
func parseLetter(raw []byte) (*letter, error) {
	l := &letter{}
	in := bytes.NewReader(raw)
	body := bufio.NewReader(in)
	header, err := textproto.ReadHeader(body)
	if err != nil {
		return nil, fmt.Errorf("%w: its header is not in the form of RFC 5322", errLetter)
	}
	l.readHeader(header)
	if len(raw)-in.Len()-body.Buffered() > maxHeader || len(l.subject) > maxMessage {
		return l, fmt.Errorf("%w: its header is too long", errLetter)
	}
	if err := l.readPart(header, body, 0); err != nil {
		return l, err
	}
	for _, text := range l.plain {
		if forwardedText.MatchString(text) {
			l.second = "a forwarded mail"
		}
	}
	return l, nil
}

var (
	forwardedText    = regexp.MustCompile(`(?im)^[ \t]*(?:-+ ?(?:forwarded message|original message) ?-+|begin forwarded message:)`)
	forwardedSubject = regexp.MustCompile(`(?i)^(?:(?:fwd?|fw|re|aw|automatic reply|auto)(?:\[[0-9]+\])?: *)+`)
)

func (l *letter) readHeader(header textproto.Header) {
	handed := false // a Received field was seen: what is below it, others wrote
	for fields := header.Fields(); fields.Next(); {
		switch strings.ToLower(fields.Key()) {
		case "received":
			handed = true
		case "authentication-results":
			if !handed {
				l.results = append(l.results, fields.Value())
			}
		case "in-reply-to":
			l.second = "an answer to another mail"
		case "resent-from", "resent-date", "resent-message-id":
			l.second = "a forwarded mail"
		}
	}
	if !handed {
		l.results = nil // no server has had it in hand
	}
	if strings.HasPrefix(strings.ToLower(header.Get("Auto-Submitted")), "auto-replied") {
		l.second = "an answer to another mail"
	}
	l.from = onlyAddress(header.Values("From"))
	l.subject = wordsOf(header.Get("Subject"))
	if prefix := forwardedSubject.FindString(strings.TrimSpace(l.subject)); prefix != "" {
		l.second = "a forwarded mail, or an answer"
		l.subject = strings.TrimSpace(l.subject)[len(prefix):]
	}
	if date, err := netmail.ParseDate(header.Get("Date")); err == nil {
		l.date = date
	}
}

// onlyAddress is the address of a From field if there is one field with one address.
func onlyAddress(from []string) string {
	if len(from) != 1 {
		return ""
	}
	parser := netmail.AddressParser{WordDecoder: &mime.WordDecoder{CharsetReader: anyCharset}}
	list, err := parser.ParseList(from[0])
	if err != nil || len(list) != 1 || strings.ContainsAny(list[0].Address, "\"\r\n\t ") {
		return ""
	}
	return list[0].Address
}

func domainOf(address string) string { return address[strings.LastIndexByte(address, '@')+1:] }

// wordsOf decodes the encoded words of a header's text.
func wordsOf(text string) string {
	text = decoded([]byte(text))
	words := mime.WordDecoder{CharsetReader: anyCharset}
	if plain, err := words.DecodeHeader(text); err == nil {
		return decoded([]byte(plain))
	}
	return text
}

// anyCharset leaves bytes as they are: decoded judges them.
func anyCharset(_ string, r io.Reader) (io.Reader, error) { return r, nil }

// readPart reads one part of a mail, and those in it.
func (l *letter) readPart(header textproto.Header, body io.Reader, depth int) error {
	if l.parts++; l.parts > MaxParts {
		return fmt.Errorf("%w: it has more than %d parts", errLetter, MaxParts)
	}
	if depth > MaxDepth {
		return fmt.Errorf("%w: its parts are nested more than %d deep", errLetter, MaxDepth)
	}
	head := message.Header{Header: header}
	kind, params, err := head.ContentType()
	if err != nil || kind == "" {
		kind = "text/plain"
	}
	kind = strings.ToLower(kind)
	disposition, _, _ := head.ContentDisposition()
	switch {
	case kind == "message/rfc822" || kind == "message/global":
		l.second = "a forwarded mail"
		return nil
	case strings.HasPrefix(kind, "multipart/"):
		return l.readParts(body, params["boundary"], depth)
	case strings.EqualFold(disposition, "attachment"), kind != "text/plain" && kind != "text/html":
		return nil
	}
	// Without a declared charset nothing but the transfer encoding is undone.
	head.Header = header.Copy()
	head.Set("Content-Type", kind)
	entity, err := message.New(head, body)
	if err != nil {
		return fmt.Errorf("%w: a part is in an unknown transfer encoding", errLetter)
	}
	data, err := io.ReadAll(io.LimitReader(entity.Body, int64(MaxText-l.size)+1))
	if err != nil {
		return fmt.Errorf("%w: a part is not in its transfer encoding", errLetter)
	}
	if l.size += len(data); l.size > MaxText {
		return fmt.Errorf("%w: it has more than %d bytes of text", errLetter, MaxText)
	}
	text := decoded(data)
	if kind == "text/html" {
		l.html = append(l.html, textOfHTML(text))
	} else {
		l.plain = append(l.plain, text)
	}
	return nil
}

func (l *letter) readParts(body io.Reader, boundary string, depth int) error {
	if boundary == "" {
		return fmt.Errorf("%w: its parts have no boundary", errLetter)
	}
	parts := textproto.NewMultipartReader(body, boundary)
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%w: a part is missing or not in the form of RFC 2046", errLetter)
		}
		if err := l.readPart(part.Header, part, depth+1); err != nil {
			return err
		}
	}
}
