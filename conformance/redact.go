package conformance

import (
	"cmp"
	"html"
	"regexp"
	"slices"
	"strings"
)

// Redaction works on the bytes and not on a parsed tree: what is to be shown is
// often what no parser would read, and must not leak either.

const (
	// fixedMask stands for what must not even show its length.
	fixedMask = "********"

	passwords = `new_?password|password|passwd|pwd|passphrase`
	numbers   = `stsCipher|pin|voucherPin|pan|cvNum|cvn|cvv2?|cvc2?|track_?2(?:Data)?`
)

var (
	// secretTag is the beginning of an element whose content is secret.
	secretTag = regexp.MustCompile(`(?i)<(?:[\pL_][\pL\pN_.\-]*:)?(` + passwords + `|` + numbers + `)(?:[\s/>"'=<]|$)`)
	// secretEnd is the end tag of such an element.
	secretEnd = regexp.MustCompile(`(?i)</\s*(?:[\pL_][\pL\pN_.\-]*:)?(` + passwords + `|` + numbers + `)\s*(?:>|$)`)
	// password is the name of a secret that must not even show its length.
	password = regexp.MustCompile(`(?i)^(?:` + passwords + `)$`)
	// secretPair is a secret as an attribute, or written name = value in any other form.
	secretPair = regexp.MustCompile(`(?is)\b(` + passwords + `|` + numbers + `)(["']?\s*[:=]\s*)("[^"]*"?|'[^']*'?|[\d\- ]{4,}|[^\s"'<>&,;]+)`)
	// references are characters written as numbers, six or more of them.
	references = regexp.MustCompile(`(?:&#[xX]?[0-9a-fA-F]+;\s?){6,}`)
	// track2 is what the magnetic stripe of a meter card holds, or that of a bank card.
	track2 = regexp.MustCompile(`;?(?:600727[0-9]{5,}[=Dd]?[0-9]*|[0-9]{12,19}[=Dd][0-9]{4,})\??`)
	// credentials are those of an operator, to the end tag or the end.
	credentials = regexp.MustCompile(`(?s)<(?:[\pL_][\pL\pN_.\-]*:)?authCred[\s>].*?(?:</(?:[\pL_][\pL\pN_.\-]*:)?authCred|$)`)
	// textAfterTag is a tag, its local name apart, and the text up to the next.
	textAfterTag = regexp.MustCompile(`(<(?:[^<>\s/:]*:)?)([^<>\s/:]*)([^<>]*>)([^<]+)`)
	// harmless are the attributes that may be shown in the tag of a secret element.
	harmless = regexp.MustCompile(`^(?:\s+xmlns(?::[\pL\pN_.\-]+)?\s*=\s*(?:"[^"]*"|'[^']*'))*\s*/?$`)
)

func redact(text string) string {
	text = redactElements(text)
	text = credentials.ReplaceAllStringFunc(text, redactCredentials)
	text = secretPair.ReplaceAllStringFunc(text, maskPair)
	text = references.ReplaceAllStringFunc(text, maskDigits)
	text = track2.ReplaceAllStringFunc(text, maskDigits)
	return maskNumbers(text)
}

// redactCredentials masks all texts among an operator's credentials but the
// operator's name: a password may stand under a name that is misspelt.
func redactCredentials(text string) string {
	return textAfterTag.ReplaceAllStringFunc(text, func(s string) string {
		m := textAfterTag.FindStringSubmatch(s)
		if m[2] == "opName" || strings.Trim(m[4], " \t\r\n*") == "" {
			return s
		}
		return m[1] + m[2] + m[3] + fixedMask
	})
}

// redactElements masks the content of secret elements, up to the end tag of the
// same name; without one, all the rest.
func redactElements(text string) string {
	var b strings.Builder
	for {
		at := secretTag.FindStringSubmatchIndex(text)
		if at == nil {
			b.WriteString(text)
			return b.String()
		}
		name := text[at[2]:at[3]]
		b.WriteString(text[:at[3]])
		text = text[at[3]:]
		inTag, content, rest := cutElement(text, name)
		b.WriteString(inTag)
		b.WriteString(maskContent(name, content))
		text = rest
	}
}

// cutElement cuts what follows the name of a start tag into what is left of the
// tag and may be shown, the secret, and what follows that.
func cutElement(text, name string) (inTag, secret, rest string) {
	end := strings.IndexAny(text, "<>")
	if end >= 0 && text[end] == '>' && harmless.MatchString(text[:end]) {
		inTag, text = text[:end+1], text[end+1:]
		if strings.HasSuffix(inTag, "/>") {
			return inTag, "", text
		}
	} else if end >= 0 && text[end] == '>' && strings.HasSuffix(text[:end], "/") {
		return "", text[:end-1], text[end-1:]
	}
	last := endTag(text, name)
	if last < 0 {
		return inTag, text, ""
	}
	return inTag, text[:last], text[last:]
}

// endTag is where the end tag of a secret element begins; negative if there is none.
// Names are compared as the expressions fold them, by Unicode: "ſ" is an "s".
func endTag(text, name string) int {
	for from := 0; ; {
		at := secretEnd.FindStringSubmatchIndex(text[from:])
		if at == nil {
			return -1
		}
		if strings.EqualFold(text[from+at[2]:from+at[3]], name) {
			return from + at[0]
		}
		from += at[1]
	}
}

func maskContent(name, content string) string {
	switch {
	case strings.TrimSpace(content) == "":
		return content
	case password.MatchString(name):
		return fixedMask
	case strings.Trim(content, "0 \t\r\n") == "":
		return content // a trial's, worth nothing
	}
	return maskEach(content)
}

func maskPair(pair string) string {
	m := secretPair.FindStringSubmatch(pair)
	name, between, value := m[1], m[2], m[3]
	if !strings.HasPrefix(value, `"`) && !strings.HasPrefix(value, `'`) {
		return name + between + maskContent(name, value)
	}
	quote := value[:1]
	inner, closed := strings.CutSuffix(value[1:], quote)
	value = quote + maskContent(name, inner)
	if closed {
		value += quote
	}
	return name + between + value
}

// maskEach masks all but white space, so that the form of a number still shows.
func maskEach(s string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \t\r\n-", r) {
			return r
		}
		return '*'
	}, s)
}

// maskDigits masks the digits of a number that is not all zeros.
func maskDigits(s string) string {
	if strings.Trim(s, "0 \t\r\n-") == "" {
		return s
	}
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return '*'
		}
		return r
	}, s)
}

// luhn reports that the last digit is the check digit of those before it.
func luhn(s string) bool {
	sum, double := 0, false
	for i := len(s) - 1; i >= 0; i-- {
		if s[i] < '0' || s[i] > '9' {
			continue
		}
		d := int(s[i] - '0')
		if double {
			d *= 2
			d = d/10 + d%10
		}
		sum += d
		double = !double
	}
	return sum%10 == 0
}

// secrets are values found in the secret places of documents.
type secrets []string

// leastSecret is how long a value must be to be looked for elsewhere; a shorter
// one would mask half of what is to be shown.
const leastSecret = 4

// maxSecrets is how many of one document are looked for elsewhere. Tokens beyond
// them are known by their digits all the same.
const maxSecrets = 64

func secretsIn(body []byte) secrets {
	var found secrets
	add := func(value string) {
		value = strings.Trim(strings.TrimSpace(value), `"'`)
		value = strings.TrimSuffix(strings.TrimPrefix(value, "<![CDATA["), "]]>")
		if len(value) < leastSecret || len(value) > 100 || strings.Trim(value, "0 *") == "" {
			return
		}
		found = append(found, value)
		if plain := html.UnescapeString(value); plain != value {
			found = append(found, plain)
		}
	}
	text := string(body)
	for rest := text; len(found) < maxSecrets; {
		at := secretTag.FindStringSubmatchIndex(rest)
		if at == nil {
			break
		}
		var content string
		_, content, rest = cutElement(rest[at[3]:], rest[at[2]:at[3]])
		add(content)
	}
	for _, m := range secretPair.FindAllStringSubmatch(text, maxSecrets) {
		if strings.ContainsAny(m[3][:1], `"'`) {
			add(m[3])
		}
	}
	return found
}

// longestFirst returns the secrets in the order in which they are masked, each once:
// of two that begin alike the longer one must not be left with its end to see.
func (s secrets) longestFirst() secrets {
	slices.SortFunc(s, func(a, b string) int { return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b)) })
	return slices.Compact(s)
}

// mask masks the values wherever they stand.
func (s secrets) mask(text string) string {
	for _, value := range s {
		text = strings.ReplaceAll(text, value, fixedMask)
	}
	return text
}
