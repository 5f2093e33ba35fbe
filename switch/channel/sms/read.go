package sms

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// malformed is a request that cannot be read, and the status that says so.
type malformed struct {
	status   int
	sentence string
}

func (m malformed) Error() string { return m.sentence }

func bad(format string, a ...any) error {
	return malformed{http.StatusBadRequest, fmt.Sprintf(format, a...)}
}

func statusOf(err error) int {
	var m malformed
	if errors.As(err, &m) {
		return m.status
	}
	return http.StatusBadRequest
}

// readKannel reads the parameters of a get-url: from=%p, to=%P, text=%b, id=%I, ts=%T and
// charset=%C. It is %b and not %a, which squeezes spaces, and in UTF-16 takes half a
// character for one.
func readKannel(r *http.Request) (Inbound, error) {
	f, err := parse(r.URL.RawQuery)
	if err != nil {
		return Inbound{}, err
	}
	return f.inbound(Kannel, f.values.Get("charset"), "ts")
}

// readAfricasTalking reads the form that Africa's Talking posts.
func readAfricasTalking(r *http.Request) (Inbound, error) {
	media, parameters, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != "application/x-www-form-urlencoded" {
		return Inbound{}, malformed{http.StatusUnsupportedMediaType, "the body must be application/x-www-form-urlencoded"}
	}
	body, err := io.ReadAll(r.Body)
	var tooLong *http.MaxBytesError
	if errors.As(err, &tooLong) {
		return Inbound{}, malformed{http.StatusRequestEntityTooLarge, fmt.Sprintf("the body has more than %d bytes", tooLong.Limit)}
	}
	if err != nil {
		return Inbound{}, bad("the body ended too soon")
	}
	f, err := parse(string(body))
	if err != nil {
		return Inbound{}, err
	}
	return f.inbound(AfricasTalking, parameters["charset"], "date")
}

// readTime reads seconds since 1970, as Kannel's %T, and the dates of Africa's Talking,
// which are UTC if they have no offset. Of anything else it returns the zero time: a
// message is not lost for its date.
func readTime(text string) time.Time {
	if seconds, err := strconv.ParseInt(text, 10, 64); err == nil && 0 < seconds && seconds <= maxSeconds {
		return time.Unix(seconds, 0).UTC()
	}
	for _, layout := range []string{time.RFC3339Nano, time.DateTime, "2006-01-02T15:04:05", "2006-01-02 15:04:05Z07:00"} {
		if at, err := time.Parse(layout, text); err == nil {
			return at.UTC()
		}
	}
	return time.Time{}
}

// maxSeconds is the end of the year 9999, the last one that dates are written for.
const maxSeconds = 253402300799

// readReceipt reads the parameters of a dlr-url: id, which is ours, and status=%d.
func readReceipt(r *http.Request) (Receipt, error) {
	f, err := parse(r.URL.RawQuery)
	if err != nil {
		return Receipt{}, err
	}
	receipt := Receipt{ID: f.values.Get("id"), Status: kannelStatus[f.values.Get("status")]}
	switch {
	case receipt.ID == "":
		return Receipt{}, bad("there is no id")
	case !isField(receipt.ID):
		return Receipt{}, bad("the id is no id: it is longer than %d bytes or not printable", maxField)
	case receipt.Status == "":
		return Receipt{}, bad("status is none of 1, 2, 4, 8 and 16: it must be Kannel's %%d")
	}
	return receipt, nil
}

// kannelStatus are the kinds of delivery reports, by their bits in a dlr-mask.
var kannelStatus = map[string]Status{"1": Delivered, "2": Failed, "4": Buffered, "8": Accepted, "16": Rejected}

// fields are the parameters of a message.
type fields struct{ values url.Values }

// parse reads parameters. One that is there twice is refused: which of the two a sender
// has smuggled in, nobody knows.
func parse(query string) (fields, error) {
	values, err := url.ParseQuery(query)
	if err != nil {
		return fields{}, bad("the parameters are not written as in a URL")
	}
	for name, given := range values {
		if len(given) > 1 {
			return fields{}, bad("the parameter %q is there %d times", name, len(given))
		}
	}
	return fields{values}, nil
}

// inbound reads what every gateway has, and the time by the name that this one has for
// it. At stays zero if there is none that can be read.
func (f fields) inbound(gateway, charset, at string) (in Inbound, err error) {
	in.Gateway = gateway
	for _, field := range []struct {
		name  string
		value *string
	}{{"id", &in.ID}, {"from", &in.From}, {"to", &in.To}} {
		value := strings.TrimSpace(f.values.Get(field.name)) // a plus that is not escaped is a space
		switch {
		case value == "" && field.name == "id":
			return in, bad("there is no id: without one the message cannot be told from one that is sent again")
		case value == "":
			return in, bad("there is no %s", field.name)
		case !isField(value):
			return in, bad("%s is longer than %d bytes or not printable", field.name, maxField)
		}
		*field.value = value
	}
	if f.values.Get("text") == "" {
		return in, bad("there is no text")
	}
	in.At = readTime(f.values.Get(at))
	in.Text, err = decode(f.values.Get("text"), charset)
	return in, err
}

// isField reports what may be an id or a number: short, UTF-8, and printable.
func isField(value string) bool {
	if len(value) > maxField || !utf8.ValidString(value) {
		return false
	}
	return strings.IndexFunc(value, func(r rune) bool { return !strconv.IsPrint(r) }) < 0
}

// decode makes UTF-8 of a text. Where no charset is declared it is UTF-8, or, if it is
// not, Latin-1, which every text is: a bank's message is not lost for an accent in it.
func decode(text, charset string) (string, error) {
	switch strings.ToLower(strings.TrimSpace(charset)) {
	case "":
		if !utf8.ValidString(text) {
			text = latin1(text)
		}
	case "utf-8", "utf8", "us-ascii", "ascii", "gsm", "gsm-7":
		if !utf8.ValidString(text) {
			return "", bad("the text is not %s, as declared", charset)
		}
	case "iso-8859-1", "latin1", "latin-1", "iso8859-1":
		text = latin1(text)
	case "windows-1252", "cp1252":
		text, _ = charmap.Windows1252.NewDecoder().String(text) // which knows every byte
	case "utf-16be", "utf-16", "ucs-2":
		if len(text)%2 != 0 {
			return "", bad("the text is not %s, as declared: is it Kannel's %%b?", charset)
		}
		text = utf16BE(text)
	default:
		return "", malformed{http.StatusUnsupportedMediaType, fmt.Sprintf("the charset %q is not known here: UTF-8, UTF-16BE, ISO-8859-1 and Windows-1252 are", charset)}
	}
	if strings.ContainsRune(text, 0) {
		return "", bad("the text holds a NUL: is its charset declared?")
	}
	return text, nil
}

func latin1(text string) string {
	runes := make([]rune, len(text))
	for i := range len(text) {
		runes[i] = rune(text[i])
	}
	return string(runes)
}

func utf16BE(text string) string {
	units := make([]uint16, len(text)/2)
	for i := range units {
		units[i] = uint16(text[2*i])<<8 | uint16(text[2*i+1])
	}
	return string(utf16.Decode(units))
}
