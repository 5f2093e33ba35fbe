// Package rule judges exchanges that somebody else had: what a server answered
// and what a client sent, each by itself and in the light of what went before.
//
//	session := rule.NewSession()
//	for _, x := range exchanges {
//		findings := session.Judge(x)
//	}
//	findings := session.End()
//
// A rule is passive: it sends nothing. Each has a name, the clause it comes from,
// a severity and a side, and [All] lists them. A rule that needs the past knows
// only what its session saw: what was missed cannot be held against anybody, and
// where a finding could be due to that it is a warning, not an error.
//
// Rules read documents by local names, however wrong they are, and have the
// schemas judge the form. No finding quotes a password, token or PIN.
package rule
