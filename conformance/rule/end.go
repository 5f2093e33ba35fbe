package rule

import (
	"fmt"
	"slices"

	"github.com/vendswitch/vendswitch/conformance"
)

// The rules that only the end of a session can judge.
const (
	advice      = requirements + ", recovery of the last response after a time-out"
	neverAsked  = "advice-missing"
	neverLearnt = "advice-until-answered"
)

// End returns what is wrong with what was never done: a vend without an outcome
// that its client never asked about, or gave up asking about. A client that is
// still within its time-out when the session ends is accused too; the text says
// since when.
func (s *Session) End() []conformance.Finding {
	s.mu.Lock()
	defer s.mu.Unlock()
	var findings []conformance.Finding
	for _, client := range s.customers.order {
		of, _ := s.customers.get(client)
		for _, m := range of.open {
			if m.given.IsZero() && m.answered.IsZero() && !m.doubtful {
				continue // still on its way
			}
			findings = append(findings, m.abandoned())
		}
	}
	slices.SortStableFunc(findings, func(a, b conformance.Finding) int { return b.Severity.Weight() - a.Severity.Weight() })
	return findings
}

func (m *message) abandoned() conformance.Finding {
	f := conformance.Finding{
		Rule: neverAsked, Clause: advice, Severity: conformance.Error, Side: conformance.ClientSide, Operation: m.op, Client: m.key.client,
		Text: fmt.Sprintf("the vend %s/%d has had no answer since %s, and the client never asked for its last response: a customer may have paid for a token that nobody has",
			m.key.dateTime, m.key.number, m.given.UTC().Format("15:04:05 UTC")),
	}
	switch {
	case m.advised:
		f.Rule, f.Severity = neverLearnt, conformance.Warning
		f.Text = fmt.Sprintf("the client asked for the last response of vend %s/%d, and stopped before it learnt the outcome", m.key.dateTime, m.key.number)
	case m.doubtful:
		f.Severity = conformance.Warning
		f.Text = fmt.Sprintf("the vend %s/%d was answered with a system fault, which does not say that nothing was sold, and the client never asked for its last response", m.key.dateTime, m.key.number)
	}
	if m.record != nil {
		f.Exchanges = []conformance.Record{*m.record}
	}
	return f
}
