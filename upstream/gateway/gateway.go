// Package gateway hands messages to those who carry them to people: a mail server, by
// SMTP, or an SMS gateway.
//
// A message is submitted at least once. Its ID is the caller's, stays the same at each
// try, and travels with the message, so that a second submission of one can be
// recognised. What a Sender returns says what to do next: nil, it was accepted; an
// error that is [ErrRefused], it never will be; one that is [ErrAccount], not before a
// person has mended what is wrong with us; any other error, try again later.
package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
)

// Message is what somebody is told. Its text may hold a PIN and is never printed.
type Message struct {
	ID      string // the caller's, the same at each try: 1 to 64 letters, digits, '-' and '_', with single '.' between them
	To      string // a mail address, or a telephone number
	Subject string // of a mail; an SMS has none
	Text    string // UTF-8
}

// MaxID is how many characters a message's ID may have.
const MaxID = 64

// String shows the message without its text and subject.
func (m Message) String() string {
	return fmt.Sprintf("{ID:%q To:%q Subject:%s Text:%s}", m.ID, m.To, redacted, redacted)
}

// GoString is as String.
func (m Message) GoString() string { return "gateway.Message" + m.String() }

// LogValue gives slog the message without its text and subject.
func (m Message) LogValue() slog.Value {
	return slog.GroupValue(slog.String("id", m.ID), slog.String("to", m.To))
}

const redacted = "[redacted]"

// Sender hands a message on. The receipt is what the other side calls the message, for
// a question about it later; it may be empty. Senders are safe for concurrent use.
type Sender interface {
	Send(ctx context.Context, m Message) (receipt string, err error)
}

// ErrAccount means that the other side does not take our account or settings: the
// password, the sender, the address. The messages are well, and the next would fare no
// better; a person must mend it, and then they are accepted. It is not ErrRefused.
var ErrAccount = errors.New("the gateway does not accept our account or settings")

// ErrRefused means that the message will not be accepted, however often it is tried:
// its recipient or its content is what is wrong. All other errors may pass.
var ErrRefused = errors.New("refused for good")

// Refused makes err an [ErrRefused].
func Refused(err error) error { return fmt.Errorf("%w: %w", ErrRefused, err) }

// checkID reports an ID that cannot travel with a message.
func checkID(id string) error {
	if id == "" || len(id) > MaxID {
		return Refused(fmt.Errorf("the message's id has %d characters, not 1 to %d", len(id), MaxID))
	}
	if strings.HasPrefix(id, ".") || strings.HasSuffix(id, ".") || strings.Contains(id, "..") {
		return Refused(errors.New("the message's id has a '.' that does not stand alone between others"))
	}
	for _, c := range []byte(id) {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '_', c == '.':
		default:
			return Refused(errors.New("the message's id has a character that is no letter, digit, '-', '_' or '.'"))
		}
	}
	return nil
}
