package bank

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// unit is one message of a bank within a mail, or an SMS.
type unit struct {
	book  *book
	found *found // nil if no template reads it
	text  string
	payer bool // in a mail that a payer had the bank send
}

// readMail reads a mail: the messages in its text, with the one that its subject may
// be.
func (r *Reader) readMail(m Message) (Reading, Verdict, string) {
	if len(m.Raw) > MaxMail {
		return unreadable(fmt.Sprintf("the mail has more than %d bytes", MaxMail)), "", ""
	}
	l, err := parseLetter(m.Raw)
	if l == nil {
		return unreadable(err.Error()), "", ""
	}
	verdict, why, bank := r.judgeSender(l)
	if err != nil {
		reading := unreadable(err.Error())
		reading.Bank = bank
		return reading, verdict, why
	}
	came := l.date
	if came.IsZero() {
		came = m.At
	}
	books := r.books
	if bank != "" {
		books = r.booksOf(bank)
	}
	units := unitsOf(books, l)
	if len(units) > MaxUnits {
		reading := unreadable(fmt.Sprintf("the mail has more than %d messages", MaxUnits))
		reading.Bank = bank
		return reading, verdict, why
	}
	if bank != "" && !slices.ContainsFunc(units, unit.hasMoney) {
		all := slices.Concat([]string{l.subject}, l.plain, l.html)
		if whole := (unit{book: books[0], text: plain(strings.Join(all, " "))}); len(units) == 0 || whole.hasMoney() {
			units = []unit{whole}
		}
	}
	reading := Reading{Bank: bank}
	for _, u := range units {
		reading.Notifications = append(reading.Notifications, r.notification(u, came))
	}
	return reading, verdict, why
}

func unreadable(why string) Reading {
	return Reading{Notifications: []Notification{{Kind: Other, Verdict: Unparsed, Reason: why}}}
}

// judgeSender says whether a mail is from a bank, by its From address and what the
// operator's own mail server found out about it. bank is that of the address.
func (r *Reader) judgeSender(l *letter) (verdict Verdict, why, bank string) {
	if l.from == "" {
		return Reject, "it is not from exactly one address", ""
	}
	b := r.policy.mailFrom(l.from)
	if b == nil {
		return Reject, "it is from " + masked(l.from) + ", which is not among the senders of a bank in the settings", ""
	}
	if l.second != "" {
		return Reject, "it is " + l.second, b.Name
	}
	if passed, why := dmarcPassed(l.results, r.policy.AuthServID, domainOf(l.from)); !passed {
		return Quarantine, why, b.Name
	}
	return "", "", b.Name
}

// unitsOf finds the messages in a mail. Plain text is read, and HTML if there is
// nothing in the plain text.
func unitsOf(books []*book, l *letter) []unit {
	subject := plain(l.subject)
	units := unitsIn(books, subject, strings.Join(l.plain, "\n\n"))
	if !slices.ContainsFunc(units, unit.read) {
		if html := unitsIn(books, subject, strings.Join(l.html, "\n\n")); len(html) > 0 && (len(units) == 0 || slices.ContainsFunc(html, unit.read)) {
			units = html
		}
	}
	units = withSubject(books, subject, units)
	read := slices.ContainsFunc(units, unit.read)
	seen := map[string]bool{}
	return slices.DeleteFunc(units, func(u unit) bool {
		twice := seen[bare(u.text)]
		seen[bare(u.text)] = true
		return twice || read && !u.hasMoney() // a footer
	})
}

func (u unit) read() bool { return u.found != nil }

// hasMoney reports a message that was read, or has an amount in it.
func (u unit) hasMoney() bool { return u.found != nil || u.book.amount.MatchString(u.text) }

// withSubject counts the message that the subject is. The body repeats it, so what
// the subject holds is dropped from the body: also what begins like a message there,
// and is in the middle of the one in the subject, which is in its reference.
func withSubject(books []*book, subject string, units []unit) []unit {
	s := unit{text: subject}
	for _, b := range books {
		if b.starting(subject) {
			s.book, s.found = b, b.matchText(subject)
			if s.found != nil {
				break
			}
		}
	}
	if s.book == nil {
		return units
	}
	whole := bare(subject)
	cut := strings.TrimRight(whole, ".…")
	place, better, rest := -1, false, []unit{}
	for _, u := range units {
		text := bare(u.text)
		if strings.Contains(whole, text) {
			if place < 0 {
				place = len(rest)
			}
			continue
		}
		better = better || strings.HasPrefix(text, cut) || u.found != nil && u.found.sameMovement(s.found)
		rest = append(rest, u)
	}
	if place < 0 && better {
		return units // the subject is cut off, or worded in another way
	}
	return slices.Insert(rest, max(place, 0), s)
}

// sameMovement reports whether two texts are about one amount and account.
func (f *found) sameMovement(other *found) bool {
	return other == nil || f.fields["amount"] == other.fields["amount"] && f.fields["account"] == other.fields["account"]
}

// unitsIn finds the messages in a text: lines that begin like one, and blocks.
func unitsIn(books []*book, subject, text string) []unit {
	lines := splitBullets(books, linesOf(text))
	var units []unit
	var intro strings.Builder // what stands before a message, the subject first
	intro.WriteString(subject)
	for i := 0; i < len(lines) && len(units) <= MaxUnits; {
		if lines[i].text == "" {
			i++
			continue
		}
		u, n := unitAt(books, intro.String(), lines[i:])
		if n == 0 {
			intro.WriteString("\n" + lines[i].text)
			i++
			continue
		}
		if block := u.found != nil && u.found.template.text == nil; !block { // which no payer can type
			u.payer = anyIn(u.book.payer, intro.String())
		}
		units = append(units, u)
		i += n
	}
	return units
}

// unitAt reads the message that begins at the first of some lines. n is how many
// lines it has; 0 if none begins there.
func unitAt(books []*book, intro string, lines []line) (u unit, n int) {
	for _, b := range books {
		if !b.starting(lines[0].text) {
			continue
		}
		v, m := b.gather(lines)
		if n == 0 || v.found != nil {
			u, n = v, m
		}
		if v.found != nil {
			break
		}
	}
	if n > 0 {
		return u, n
	}
	for _, b := range books {
		if f, m := b.matchBlock(intro, lines); f != nil {
			for _, also := range f.template.also {
				if text := intro + "\n" + textOf(lines[m:]); also.MatchString(text) {
					f.add(captured(also, text, also.FindStringSubmatchIndex(text)))
				}
			}
			return unit{book: b, found: f, text: textOf(lines[:m])}, m
		}
	}
	return unit{}, 0
}

func textOf(lines []line) string {
	texts := make([]string, len(lines))
	for i, l := range lines {
		texts[i] = l.text
	}
	return strings.Join(texts, "\n")
}

// Bounds of what may belong to one message in a mail.
const (
	maxWrapped = 6 // lines that a message was broken into
	maxThen    = 4 // lines after it with more about it
)

// gather reads a message that was perhaps broken into lines. It ends at a blank line
// or at a bullet. Nothing begins a second message within it, for a payer's text could
// have come to stand at the beginning of a line.
func (b *book) gather(lines []line) (unit, int) {
	end := 1
	for end < len(lines) && end < maxWrapped && lines[end].text != "" && !lines[end].bullet {
		end++
	}
	var tries []attempt
	text := ""
	for n := 1; n <= end; n++ {
		text = strings.TrimSpace(text + " " + lines[n-1].text)
		if len(text) > maxMessage {
			break
		}
		tries = append(tries, attempt{text, n})
		for _, re := range b.ends {
			if all := re.FindAllStringIndex(text, -1); len(all) > 0 {
				tries = append(tries, attempt{strings.TrimSpace(text[:all[len(all)-1][0]]), n})
			}
		}
	}
	for _, t := range b.templates {
		if t.text == nil {
			continue
		}
		for _, try := range tries {
			if f := t.matchText(try.text); f != nil {
				b.more(f, lines[try.lines:])
				return unit{book: b, found: f, text: try.text}, try.lines
			}
		}
	}
	return unit{book: b, text: text}, end
}

// attempt is what could be the whole of a message.
type attempt struct {
	text  string
	lines int // that it was made of
}

// more reads what follows a message.
func (b *book) more(f *found, lines []line) {
	for n := 0; n < len(lines) && n < maxThen; n++ {
		if b.starting(lines[n].text) {
			return
		}
		for _, re := range f.template.then {
			if at := re.FindStringSubmatchIndex(lines[n].text); at != nil {
				f.add(captured(re, lines[n].text, at))
			}
		}
	}
}

// splitBullets splits lines that hold several messages.
func splitBullets(books []*book, lines []line) []line {
	var split []line
	for _, l := range lines {
		rest := l
		for i, r := range l.text {
			if !strings.ContainsRune(bullets, r) {
				continue
			}
			after := strings.TrimSpace(l.text[i+utf8.RuneLen(r):])
			if !slices.ContainsFunc(books, func(b *book) bool { return b.bullets && b.starting(after) }) {
				continue
			}
			before := strings.TrimSpace(strings.TrimSuffix(rest.text, l.text[i:]))
			if before != "" {
				split = append(split, line{text: before, cells: before, bullet: rest.bullet})
			}
			rest = line{text: after, cells: after, bullet: true}
		}
		split = append(split, rest)
	}
	return split
}
