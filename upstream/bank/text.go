package bank

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// plain makes one line's white space plain: each run of spaces, no-break spaces and
// tabs is one space, and what has no width is gone. A minus sign is a hyphen.
func plain(text string) string {
	var b strings.Builder
	b.Grow(len(text))
	for _, r := range text {
		switch {
		case unicode.IsSpace(r):
			b.WriteByte(' ')
		case r == '\u2212':
			b.WriteByte('-')
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), r == utf8.RuneError:
		default:
			b.WriteRune(r)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// windows1252 are the characters of the bytes 0x80 to 0x9F, where that character set
// differs from ISO 8859-1.
var windows1252 = []rune("€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ")

// decoded makes text of bytes. What is valid UTF-8 is taken for it, whatever was
// declared: banks' mails declare wrongly, and other text hardly ever is valid UTF-8
// by accident. All else is read as Windows-1252, which ISO 8859-1 is a part of.
func decoded(data []byte) string {
	if utf8.Valid(data) {
		return string(data)
	}
	var b strings.Builder
	b.Grow(len(data) + len(data)/8)
	for _, c := range data {
		if c >= 0x80 && c < 0xA0 {
			b.WriteRune(windows1252[c-0x80])
		} else {
			b.WriteRune(rune(c))
		}
	}
	return b.String()
}

// bullets are the characters that begin a message in a list of them, anywhere in a
// line; a line may also begin with one of lineBullets.
const (
	bullets     = "•▪◦‣·∙●"
	lineBullets = bullets + "*-–"
)

// line is one line of a mail.
type line struct {
	text   string // plain, without its bullet; a tab between cells of a table is kept in cells
	cells  string // as text, before the white space was made plain
	bullet bool   // begins with a bullet
}

// linesOf splits text in lines. Blank ones are kept: they end a message.
func linesOf(text string) []line {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n").Replace(text)
	var lines []line
	for raw := range strings.SplitSeq(text, "\n") {
		raw = strings.TrimLeft(raw, " \t\u00a0")
		l := line{cells: raw, text: plain(raw)}
		for {
			r, size := utf8.DecodeRuneInString(l.text)
			if size == 0 || !strings.ContainsRune(lineBullets, r) {
				break
			}
			l.text, l.bullet = strings.TrimSpace(l.text[size:]), true
			l.cells = strings.TrimLeft(strings.TrimLeft(l.cells, " \t\u00a0")[size:], " \t\u00a0")
		}
		lines = append(lines, l)
	}
	return lines
}

// bare is text without white space and bullets, in small letters, to compare what a
// subject and a body say.
func bare(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || strings.ContainsRune(bullets, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, text)
}
