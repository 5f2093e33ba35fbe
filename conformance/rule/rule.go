package rule

import (
	"cmp"
	"slices"

	"github.com/vendswitch/vendswitch/conformance"
)

// Rule is one thing that must hold.
type Rule struct {
	Name     string
	Clause   string // where it comes from, in words an auditor can look up
	Severity conformance.Severity
	Side     conformance.Side
	Holds    string // what must hold, as a sentence

	// once confines a finding to the first of a client or server: what is wrong with
	// its configuration is wrong with every message.
	once bool
	// breaks judges an exchange; nil where only the end of a session can.
	breaks func(v *view) []breach
}

// finding is what the rule makes of a breach; it shows the earlier message, if any.
func (r *Rule) finding(b breach) conformance.Finding {
	f := conformance.Finding{
		Rule: r.Name, Clause: r.Clause, Severity: cmp.Or(b.alter, r.Severity), Side: r.Side, Text: conformance.Redact(b.text),
	}
	if b.with != nil && b.with.record != nil {
		f.Exchanges = append(f.Exchanges, *b.with.record)
	}
	return f
}

// breach is one way in which an exchange breaks a rule.
type breach struct {
	text  string
	with  *message             // the earlier message that shows it too; may be nil
	alter conformance.Severity // instead of the rule's, if not empty
}

func says(texts ...string) []breach {
	breaches := make([]breach, len(texts))
	for i, text := range texts {
		breaches[i].text = text
	}
	return breaches
}

// Where rules come from.
const (
	soap11       = "SOAP 1.1"
	base         = "NRS 009-6-10, XMLVend 2.1 base schema"
	revenue      = "NRS 009-6-10, XMLVend 2.1 revenue schema"
	requirements = "Eskom, Mandatory Requirements for Online Vending Clients and Gateways 1.5"
	httpClause   = "RFC 9110 (HTTP)"
)

// All returns every rule, those of servers first, in the order they are judged.
func All() []Rule {
	return slices.Concat(answerRules, headerRules, faultRules, saleRules, memoryRules, requestRules, messageIDRules, adviceRules, transportRules)
}
