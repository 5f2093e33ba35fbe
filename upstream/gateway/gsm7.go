package gateway

import (
	"strings"
	"unicode"
	"unicode/utf16"

	"golang.org/x/text/unicode/norm"
)

// Coding is how an SMS holds its characters.
type Coding int

// The codings, by the numbers that Kannel has for them.
const (
	GSM7 Coding = 0 // 3GPP TS 23.038: seven bits a character
	UCS2 Coding = 2 // sixteen bits a character
)

// What fits into an SMS, and into each part of a longer one, which gives six octets to
// a header that joins the parts: 3GPP TS 23.040.
const (
	gsm7Single, gsm7Part = 160, 153 // characters; those of the extension table cost two
	ucs2Single, ucs2Part = 70, 67   // units of UTF-16
)

// The alphabet of 3GPP TS 23.038, but for the escape to its extension table.
const (
	gsm7Basic = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
		"¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
	gsm7Extension = "\f^{}\\[~]|€"
)

var gsm7Cost = func() map[rune]int {
	cost := map[rune]int{}
	for _, r := range gsm7Basic {
		cost[r] = 1
	}
	for _, r := range gsm7Extension {
		cost[r] = 2
	}
	return cost
}()

// Segments returns how many SMS a text takes, and the coding it takes: one character
// outside GSM-7 makes the whole text UCS-2. An empty text takes one.
func Segments(text string) (int, Coding) {
	costs := make([]int, 0, len(text))
	for _, r := range text {
		cost, known := gsm7Cost[r]
		if !known {
			return ucs2Segments(text), UCS2
		}
		costs = append(costs, cost)
	}
	return parts(costs, gsm7Single, gsm7Part), GSM7
}

func ucs2Segments(text string) int {
	costs := make([]int, 0, len(text))
	for _, r := range text {
		costs = append(costs, max(1, utf16.RuneLen(r)))
	}
	return parts(costs, ucs2Single, ucs2Part)
}

// parts counts the parts of characters that cost one or two. A character is never
// divided between two parts.
func parts(costs []int, single, part int) int {
	total := 0
	for _, cost := range costs {
		total += cost
	}
	if total <= single {
		return 1
	}
	count, used := 1, 0
	for _, cost := range costs {
		if used += cost; used > part {
			count, used = count+1, cost
		}
	}
	return count
}

// Transliterate writes a text with the characters of GSM-7, as far as they have
// something like it: Zoë Š. – “spaza” becomes Zoe S. - "spaza". What they have not, such
// as Chinese, stays as it is. A name with one accent would otherwise make two SMS of one.
func Transliterate(text string) string {
	var out strings.Builder
	for _, r := range norm.NFC.String(text) {
		if _, known := gsm7Cost[r]; known {
			out.WriteRune(r)
		} else if plain, known := gsm7Like[r]; known {
			out.WriteString(plain)
		} else {
			out.WriteString(withoutMarks(r))
		}
	}
	return out.String()
}

// gsm7Like are characters that no decomposition brings into GSM-7.
var gsm7Like = map[rune]string{
	'‘': "'", '’': "'", '‚': "'", 'ʼ': "'", '`': "'", '´': "'", '“': `"`, '”': `"`, '„': `"`, '«': `"`, '»': `"`,
	'–': "-", '—': "-", '−': "-", '‐': "-", '‑': "-", '…': "...", '•': "-", '·': "-",
	'\u00a0': " ", '\u2009': " ", '\u202f': " ", '\t': " ", '\u200b': "", '\ufeff': "",
	'đ': "d", 'Đ': "D", 'ð': "d", 'Ð': "D", 'ł': "l", 'Ł': "L", 'ħ': "h", 'Ħ': "H", 'ı': "i", 'þ': "th", 'Þ': "Th",
	'œ': "oe", 'Œ': "OE", 'ŋ': "n", 'Ŋ': "N", 'ɓ': "b", 'Ɓ': "B", 'ɗ': "d", 'Ɗ': "D", 'ƙ': "k", 'Ƙ': "K",
	'ç': "c", '×': "x", '÷': "/",
}

// withoutMarks takes the accents off a letter, or leaves it as it is if what then
// remains is not in GSM-7 either.
func withoutMarks(r rune) string {
	var base strings.Builder
	for _, part := range norm.NFKD.String(string(r)) {
		if unicode.Is(unicode.Mn, part) {
			continue
		}
		if _, known := gsm7Cost[part]; !known {
			return string(r)
		}
		base.WriteRune(part)
	}
	return base.String()
}
