package xmlvend

import (
	"errors"
	"fmt"

	"github.com/vendswitch/vendswitch/schemas"
)

// Answer is what a server answered, judged by content: what could be read was
// read, and where the document departs from the schema is listed.
type Answer struct {
	Version Version
	// Response is the message; a *FaultResp for a fault that has an XMLVend
	// detail, nil for a fault that has none. What was missing is zero.
	Response Response
	// Fault is set when the answer is a fault.
	Fault *RemoteFault
	// Deviations lists where the answer, once repaired by the dialect, departs
	// from the schema. Empty when it is valid.
	Deviations []schemas.Violation
	// Repairs names the rules of the dialect that were applied.
	Repairs []string
	// Raw is the document as received, after decompression: the evidence.
	Raw []byte
	// Status is the HTTP status; 0 when the answer did not come over HTTP.
	Status int
}

// RemoteFault is a fault as a server reported it.
type RemoteFault struct {
	// Class is what the fault means, by its xsi:type or, where that says little
	// (SystemEx, BusinessRuleEx, none), by its code or its words; see
	// [Dialect.RemoteFault]. It is "" when none is known, as for the faults of a
	// SOAP stack.
	Class FaultClass
	// WireClass is the local name of the xsi:type sent; it may be a class this
	// package does not know. "" when there was none.
	WireClass FaultClass
	// Code is the vendor's code: of the faultCode element, else at the start of
	// the description or of the faultstring. "" when there was none.
	Code        string
	Desc        string
	OperatorMsg string
	CustMsg     string
	SOAP        SOAPFault
}

// Text returns the first of description, operator's message and faultstring
// that is not empty.
func (f *RemoteFault) Text() string {
	for _, s := range []string{f.Desc, f.OperatorMsg} {
		if s != "" {
			return s
		}
	}
	return f.SOAP.String
}

// Error returns class (or SOAP code), vendor's code and text.
func (f *RemoteFault) Error() string {
	class := string(f.Class)
	if class == "" {
		class = "soap:" + string(f.SOAP.Code)
	}
	if f.Code != "" {
		class += " " + f.Code
	}
	return class + ": " + f.Text()
}

// ErrNotAnswer means that a document is a SOAP message but not an answer.
var ErrNotAnswer = errors.New("the SOAP body holds neither a response nor a fault")

// DecodeResponse reads a server's answer by content: elements are found by local
// name, in any order, and what the schema demands may be missing. It fails only
// for a document that is not a SOAP message, or holds neither a response nor a
// fault.
func DecodeResponse(doc []byte, dialect *Dialect) (*Answer, error) {
	t, err := parseAndJudge(doc)
	if err != nil {
		return nil, fmt.Errorf("xmlvend: %w", err)
	}
	t, rules, err := dialect.repair(t, doc)
	if err != nil {
		return nil, err
	}
	a := &Answer{Repairs: rules, Raw: doc}
	if t.invalid != nil {
		a.Deviations = t.invalid.Violations
	}
	env, err := t.decode(true)
	if err != nil {
		return nil, err
	}
	a.Version = env.Version
	a.Response, _ = env.Payload.(Response)
	fault, is := env.Payload.(*FaultResp)
	switch {
	case is || env.Fault != nil:
		a.Fault = dialect.remoteFault(fault, env.Fault)
	case a.Response == nil:
		return nil, fmt.Errorf("xmlvend: %w", ErrNotAnswer)
	}
	return a, nil
}
