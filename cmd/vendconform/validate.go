package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/vendswitch/vendswitch/schemas"
	"github.com/vendswitch/vendswitch/xmlvend"
)

type validateCmd struct {
	Dialect string   `placeholder:"NAME" default:"strict" help:"Bring documents of this dialect (strict, hexing, conlog-2016, conlog-2021, itron) back to the standard first, as the switch does."`
	JSON    bool     `help:"Print a JSON array instead of lines."`
	Files   []string `arg:"" name:"file" help:"SOAP documents; - is standard input."`
}

// Help is printed below the flags.
func (validateCmd) Help() string {
	return `Each document must be a whole SOAP 1.1 or 1.2 envelope, as it was on the wire. Lines are those of the repaired document, if a dialect repaired it. Values of passwords, tokens and PINs are never printed.

Exit status: 0 if every document is valid, 1 if any is not, 2 if one cannot be read.

Examples:

  vendconform validate request.xml response.xml

  vendconform validate --dialect hexing --json captured/*.xml

  curl -s -H 'Content-Type: text/xml' --data-binary @request.xml http://127.0.0.1:8480/xmlvend | vendconform validate -`
}

// verdict is what is found out about one document.
type verdict struct {
	File       string      `json:"file"`
	Valid      bool        `json:"valid"`
	Repairs    []string    `json:"repairs,omitempty"` // rules of the dialect that changed the document
	Kind       string      `json:"kind,omitempty"`
	Violations []violation `json:"violations,omitempty"`
}

type violation struct {
	Line   int    `json:"line,omitempty"`
	Column int    `json:"column,omitempty"`
	Code   int    `json:"code,omitempty"`
	Path   string `json:"path,omitempty"`
	Reason string `json:"reason"`
}

// Run judges the documents in the order given.
func (c validateCmd) Run(ctx context.Context, m Main) error {
	dialect, ok := xmlvend.DialectByName(c.Dialect)
	if !ok {
		return xmlvend.CheckDialect(c.Dialect)
	}
	validator, err := schemas.Default()
	if err != nil {
		return err
	}
	verdicts := []verdict{}
	var unread error
	for _, file := range c.Files {
		if err := ctx.Err(); err != nil {
			return err
		}
		doc, err := read(file, m.Stdin)
		if err != nil {
			unread = errors.Join(unread, err)
			continue
		}
		v := judge(validator, dialect, doc)
		v.File = file
		verdicts = append(verdicts, v)
	}
	if err := errors.Join(c.print(m.Stdout, verdicts), unread); err != nil {
		return err
	}
	if slices.ContainsFunc(verdicts, func(v verdict) bool { return !v.Valid }) {
		return errFound
	}
	return nil
}

func read(file string, stdin io.Reader) ([]byte, error) {
	if file != "-" {
		return os.ReadFile(file)
	}
	doc, err := io.ReadAll(stdin)
	if err != nil {
		return nil, fmt.Errorf("read standard input: %w", err)
	}
	return doc, nil
}

// judge repairs and validates a document. One that the dialect cannot even read is judged as it is.
func judge(validator *schemas.Validator, dialect *xmlvend.Dialect, doc []byte) verdict {
	repaired, repairs, repairErr := dialect.Repair(doc)
	if repairErr != nil {
		repaired, repairs = doc, nil
	}
	v := verdict{Repairs: repairs}
	var invalid *schemas.Invalid
	switch err := validator.Validate(repaired); {
	case errors.As(err, &invalid):
		v.Kind = invalid.Kind.String()
		for _, found := range invalid.Violations {
			v.Violations = append(v.Violations, violation(found))
		}
	case repairErr != nil:
		v.Kind = schemas.Malformed.String()
		v.Violations = []violation{{Reason: repairErr.Error()}}
	default:
		v.Valid = true
	}
	return v
}

func (c validateCmd) print(w io.Writer, verdicts []verdict) error {
	if c.JSON {
		return encodeJSON(w, verdicts)
	}
	var b strings.Builder
	for _, v := range verdicts {
		b.WriteString(v.File)
		if v.Valid {
			b.WriteString(": valid")
		} else {
			b.WriteString(": " + v.Kind)
		}
		if len(v.Repairs) > 0 {
			b.WriteString(", repaired: " + strings.Join(v.Repairs, ", "))
		}
		b.WriteByte('\n')
		for _, found := range v.Violations {
			b.WriteString("  " + schemas.Violation(found).String() + "\n")
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
