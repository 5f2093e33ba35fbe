// Package upstream is the switch's side of its suppliers: the contract every
// online supplier fulfils and the guard that stands before each of them.
//
// The switch asks, the supplier answers with a verdict. The verdict is the whole
// point: Declined only when it is certain that nothing was sold, Accepted only
// when the answer is ours and complete, Unknown in every other case. Records here
// are free of the wire: a channel can render them as SOAP, as an SMS, as a page.
package upstream
