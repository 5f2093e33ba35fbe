package envelope

import (
	"mime"
	netmail "net/mail"
	"strings"
	"time"
	"unicode"

	"github.com/emersion/go-message/textproto"
)

// Letter is what the header of a mail says. Anyone may have written it: it is shown
// and filed, not believed. Its zero value is that of a bare file.
type Letter struct {
	From    string    // the one address; in small letters
	ID      string    // Message-ID, without angle brackets; empty if there is none
	Subject string    // decoded, without control characters, at most MaxSubject characters
	Date    time.Time // UTC; zero if there is none that can be read
}

// MaxSubject is how many characters of a subject are kept.
const MaxSubject = 200

// maxID is how many characters a Message-ID may have (RFC 5322, 2.1.1: those of a line).
const maxID = 998

// onlyOnce are the fields of which a mail has one at most (RFC 5322, 3.6). Where there
// are two, programs differ about which one holds.
var onlyOnce = []string{"From", "Sender", "Message-Id", "Subject", "Date", "Content-Type", "Content-Transfer-Encoding"}

func readLetter(header textproto.Header) (Letter, error) {
	for _, field := range onlyOnce {
		if len(header.Values(field)) > 1 {
			return Letter{}, because(ErrMalformed, "it has more than one field %q, as forged mails have", field)
		}
	}
	list, err := netmail.ParseAddressList(header.Get("From"))
	if err != nil || len(list) != 1 {
		return Letter{}, because(ErrMalformed, "it is not from one address")
	}
	letter := Letter{
		From:    strings.ToLower(printable(list[0].Address, maxID)),
		ID:      printable(strings.Trim(header.Get("Message-Id"), " <>\t"), maxID),
		Subject: subject(header.Get("Subject")),
	}
	if date, err := netmail.ParseDate(header.Get("Date")); err == nil {
		letter.Date = date.UTC()
	}
	return letter, nil
}

func subject(text string) string {
	words := mime.WordDecoder{CharsetReader: anyCharset}
	if decoded, err := words.DecodeHeader(text); err == nil {
		text = decoded
	}
	return printable(text, MaxSubject)
}

func isPlain(r rune) bool { return r == ' ' || unicode.IsGraphic(r) && !unicode.Is(unicode.Cf, r) }
