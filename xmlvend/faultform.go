package xmlvend

// faultForm is the form that the clients of a dialect expect faults in. The zero
// value is that of the standard. Whatever the form, a fault has its header and says
// its class.
type faultForm struct {
	element    QName                 // of the detail, in place of b:xmlvendFaultResp
	codes      map[FaultClass]string // the code to send with a class, and with those that derive from it
	codeInText bool                  // the code leads the texts, and has no element of its own
	words      map[FaultClass]string // the description by which clients know a class
	text       string                // faultstring, in place of the description
	heading    string                // dispHeader, in place of ours
	actor      bool                  // faultactor is the URL of the server
}

// dress returns a fault as the dialect's clients expect it. The one given is left as
// it is.
func (d *Dialect) dress(m *FaultResp) *FaultResp {
	shown := *m
	form, fault := &d.form, &shown.Fault
	if words := form.words[fault.Class]; words != "" {
		fault.Desc = words
	}
	if form.heading != "" {
		shown.DispHeader = form.heading
	}
	fault.Code = ""
	for class := m.Fault.Class; fault.Code == "" && class != ""; class = class.Parent() {
		fault.Code = form.codes[class]
	}
	if form.codeInText && fault.Code != "" {
		fault.Desc, fault.Code = fault.Code+" "+fault.Desc, ""
	}
	return &shown
}

// present puts a fault into a SOAP fault for the dialect's clients. self is the URL
// that the request came to.
func (d *Dialect) present(m *FaultResp, self string) *Envelope {
	shown := d.dress(m)
	soap := shown.soapFault()
	if d.form.text != "" {
		soap.String = d.form.text
	}
	if d.form.actor {
		soap.Actor = self
	}
	return &Envelope{Payload: shown, Fault: soap}
}

// dressLast returns a response with the fault dressed that it may have for a last
// response.
func (d *Dialect) dressLast(resp Response) Response {
	advice, is := resp.(*LastRespAdviceResp)
	if !is {
		return resp
	}
	fault, is := advice.LastResponse.(*FaultResp)
	if !is {
		return resp
	}
	shown := *advice
	shown.LastResponse = d.dress(fault)
	return &shown
}
