package bank

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// bankFile is a file of templates, as it is written.
type bankFile struct {
	Bank         string            `toml:"bank"`          // as notifications and policies name it
	Currency     map[string]string `toml:"currency"`      // ISO 4217 by the symbol before an amount
	Starts       []string          `toml:"starts"`        // what a message of this bank begins with
	Ends         []string          `toml:"ends"`          // what may follow a message on its line, in a mail
	Bullets      bool              `toml:"bullets"`       // a line of a mail may hold several messages, each after a bullet
	NeverDeposit []string          `toml:"never_deposit"` // what no text about a deposit holds outside its reference
	PayerMail    []string          `toml:"payer_mail"`    // what a mail that a payer had the bank send says before anything else
	Parts        map[string]string `toml:"parts"`         // expressions that templates have in common, by name
	Method       []ruleFile        `toml:"method"`
	Template     []templateFile    `toml:"template"`
}

// ruleFile says what something is that an expression is found in.
type ruleFile struct {
	Says string `toml:"says"`
	Is   string `toml:"is"`
}

// templateFile is one shape of a message: a text, or a block of lines with a key each.
type templateFile struct {
	Name    string     `toml:"name"`
	Version int        `toml:"version"`
	Kind    Kind       `toml:"kind"`
	Text    string     `toml:"text"`   // the whole of a message that is a text
	Then    []string   `toml:"then"`   // lines that may follow it in a mail, with more fields
	Line    []lineFile `toml:"line"`   // of a block
	Also    []string   `toml:"also"`   // fields that a mail with the block may have elsewhere
	But     []ruleFile `toml:"but"`    // other kinds, by what is said outside the reference
	Method  string     `toml:"method"` // if the text does not tell
	Example []string   `toml:"example"`
}

// lineFile is a line of a block.
type lineFile struct {
	Key      string `toml:"key"`
	Value    string `toml:"value"`
	Optional bool   `toml:"optional"`
}

// fields are what a template may ask for, and how each looks; the amount and the
// balance are filled in by bank.
var fields = map[string]string{
	"amount":    "",
	"balance":   "",
	"account":   `[*xX.]*(?P<account>[0-9]{4,16})\b`,
	"from":      `[*xX.]*(?P<from>[0-9]{4,16})\b`,
	"to":        `[*xX.]*(?P<to>[0-9]{4,16})\b`,
	"date":      `(?P<date>` + dateShape + `)`,
	"time":      `(?P<time>` + timeShape + `)`,
	"method":    `(?P<method>.{1,60}?)`,
	"reference": `(?P<reference>.*)`,
}

// book is the templates of one file, ready to use.
type book struct {
	name     string // of the file, without its ending
	bank     string
	currency map[string]string
	standard string // the currency where the text shows none
	bullets  bool

	starts, ends, never, payer []*regexp.Regexp
	amount                     *regexp.Regexp
	methods                    []rule
	templates                  []*template
}

type rule struct {
	says *regexp.Regexp
	is   string
}

type template struct {
	book   *book
	id     string // "fnb/paid-to@1"
	kind   Kind
	text   *regexp.Regexp // nil for a block
	then   []*regexp.Regexp
	lines  []blockLine
	also   []*regexp.Regexp
	but    []rule
	method string
}

type blockLine struct {
	key      *regexp.Regexp
	value    *regexp.Regexp
	optional bool
}

// placeholder is a field or a part in an expression.
var placeholder = regexp.MustCompile(`\{[a-z_]+\}`)

// compiler makes a book of a file, and collects what is wrong with it.
type compiler struct {
	file  bankFile
	parts map[string]string
	errs  []error
}

func compile(name string, f bankFile) (*book, error) {
	c := &compiler{file: f, parts: map[string]string{}}
	b := &book{name: name, bank: f.Bank, currency: map[string]string{}, bullets: f.Bullets}
	if f.Bank == "" {
		c.fault("bank is missing")
	}
	if len(f.Currency) == 0 {
		c.fault("currency is missing: which symbol stands for which currency")
	}
	symbols := make([]string, 0, len(f.Currency))
	for symbol, code := range f.Currency {
		if symbol == "" || !isCurrency(code) {
			c.fault("currency %q = %q: a symbol stands for three capital letters, as in R = \"ZAR\"", symbol, code)
		}
		b.currency[strings.ToUpper(symbol)] = code
		symbols = append(symbols, regexp.QuoteMeta(symbol))
	}
	slices.SortFunc(symbols, func(a, b string) int { return len(b) - len(a) })
	amount := `-? ?\b(?:` + strings.Join(symbols, "|") + `) ?-? ?` + numberShape
	for name, shape := range fields {
		c.parts[name] = shape
	}
	c.parts["amount"], c.parts["balance"] = `(?P<amount>`+amount+`)`, `(?P<balance>`+amount+`)`
	parts := maps.Clone(c.parts) // a part may use fields, and no other part
	for name, part := range f.Parts {
		if _, taken := fields[name]; taken {
			c.fault("parts.%s: that is the name of a field", name)
		}
		parts[name] = `(?:` + c.fill("parts."+name, part) + `)`
	}
	c.parts = parts
	b.amount = c.expression("currency", amount)
	b.starts, b.ends = c.all("starts", f.Starts, `^(?:`, `)`), c.all("ends", f.Ends, "", "")
	b.never, b.payer = c.all("never_deposit", f.NeverDeposit, "", ""), c.all("payer_mail", f.PayerMail, "", "")
	if len(f.Starts) == 0 {
		c.fault("starts is missing: what messages of this bank begin with")
	}
	b.methods = c.rules("method", f.Method)
	for _, t := range f.Template {
		b.templates = append(b.templates, c.template(b, t))
	}
	if len(f.Template) == 0 {
		c.fault("there is no [[template]]")
	}
	b.standard = f.Currency["R"]
	if b.standard == "" && len(symbols) == 1 {
		for _, code := range f.Currency {
			b.standard = code
		}
	}
	return b, errors.Join(c.errs...)
}

func (c *compiler) fault(format string, args ...any) {
	c.errs = append(c.errs, fmt.Errorf(format, args...))
}

// fill replaces the fields and parts in an expression.
func (c *compiler) fill(where, text string) string {
	return placeholder.ReplaceAllStringFunc(text, func(p string) string {
		shape, known := c.parts[p[1:len(p)-1]]
		if !known {
			c.fault("%s: there is no field or part %s", where, p)
		}
		return shape
	})
}

// expression compiles one. Case is of no meaning: banks' own changes often.
func (c *compiler) expression(where, text string) *regexp.Regexp {
	re, err := regexp.Compile(`(?i)` + c.fill(where, text))
	if err != nil {
		c.fault("%s: %w", where, err)
		return regexp.MustCompile(`$^`)
	}
	for i, name := range re.SubexpNames() {
		if name != "" && slices.Index(re.SubexpNames(), name) != i {
			c.fault("%s: the field %s is asked for twice", where, name)
		}
	}
	return re
}

func (c *compiler) all(where string, texts []string, before, after string) []*regexp.Regexp {
	list := make([]*regexp.Regexp, len(texts))
	for i, text := range texts {
		if text == "" {
			c.fault("%s: an empty expression is found in every text", where)
		}
		list[i] = c.expression(where, before+text+after)
	}
	return list
}

func (c *compiler) rules(where string, files []ruleFile) []rule {
	list := make([]rule, len(files))
	for i, f := range files {
		if f.Says == "" || f.Is == "" {
			c.fault("%s: it needs both says and is", where)
		}
		list[i] = rule{c.expression(where, f.Says), f.Is}
	}
	return list
}

func (c *compiler) template(b *book, f templateFile) *template {
	where := "template " + f.Name
	t := &template{book: b, id: fmt.Sprintf("%s/%s@%d", b.name, f.Name, f.Version), kind: f.Kind, method: f.Method}
	switch {
	case f.Name == "" || f.Version < 1:
		c.fault("%s: it needs a name, and a version from 1", where)
	case !f.Kind.valid():
		c.fault("%s: kind is %q: it must be deposit, withdrawal, fee or other", where, f.Kind)
	case (f.Text == "") == (len(f.Line) == 0):
		c.fault("%s: it needs either a text or lines", where)
	case len(f.Example) == 0:
		c.fault("%s: it needs an example, which is tried when the file is read", where)
	}
	if f.Text != "" {
		t.text = c.expression(where, `^(?:`+f.Text+`)$`)
		if t.kind == Deposit && !slices.Contains(t.text.SubexpNames(), "amount") {
			c.fault("%s: a deposit needs {amount}", where)
		}
	}
	t.then, t.also, t.but = c.all(where, f.Then, `^(?:`, `)`), c.all(where, f.Also, "", ""), c.rules(where, f.But)
	for _, r := range t.but {
		if !Kind(r.is).valid() || Kind(r.is) == Deposit {
			c.fault("%s: but: %q is no other kind than deposit", where, r.is)
		}
	}
	for _, l := range f.Line {
		if l.Key == "" || l.Value == "" {
			c.fault("%s: each line needs a key and a value", where)
		}
		t.lines = append(t.lines, blockLine{c.expression(where, `^(?:`+l.Key+`)$`), c.expression(where, `^(?:`+l.Value+`)$`), l.Optional})
	}
	return t
}

func isCurrency(code string) bool {
	return len(code) == 3 && strings.IndexFunc(code, func(r rune) bool { return r < 'A' || r > 'Z' }) < 0
}
