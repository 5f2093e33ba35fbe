package rule

import (
	"fmt"
	"slices"

	"github.com/vendswitch/vendswitch/conformance"
)

const advice = requirements + ", recovery of the last response after a time-out"

// The rules that only the end of a session can judge.
var (
	neverAsked = Rule{
		Name: "advice-missing", Clause: advice, Severity: conformance.Error, Side: conformance.ClientSide,
		Holds: "A vend without an answer is asked about.",
	}
	neverLearnt = Rule{
		Name: "advice-until-answered", Clause: advice, Severity: conformance.Warning, Side: conformance.ClientSide,
		Holds: "A last response is asked for until it is known.",
	}
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
	vend := fmt.Sprintf("%s/%d", m.key.dateTime, m.key.number)
	broken, b := &neverAsked, breach{with: m}
	switch {
	case m.advised:
		broken = &neverLearnt
		b.text = fmt.Sprintf("the client asked for the last response of vend %s, and stopped before it learnt the outcome", vend)
	case m.doubtful:
		b.alter = conformance.Warning
		b.text = fmt.Sprintf("the vend %s was answered with a system fault, which does not say that nothing was sold, and the client never asked for its last response", vend)
	default:
		b.text = fmt.Sprintf("the vend %s has had no answer since %s, and the client never asked for its last response: a customer may have paid for a token that nobody has",
			vend, m.given.UTC().Format("15:04:05 UTC"))
	}
	f := broken.finding(b)
	f.Operation, f.Client = m.op, m.key.client
	return f
}
