package xmlvend

// FaultResp is the message that carries a fault (XMLVendFaultResp). It travels
// in the detail of a SOAP fault, or inside a [LastRespAdviceResp].
type FaultResp struct {
	ResponseHeader
	Fault Fault
}

// Element returns b:xmlvendFaultResp.
func (*FaultResp) Element() QName { return base("xmlvendFaultResp") }

// Type returns b:XMLVendFaultResp.
func (*FaultResp) Type() QName { return base("XMLVendFaultResp") }

func init() { register(FaultResp{}) }

// fault reads an element declared as Fault, which is abstract.
func (d *decoder) fault(n ref) Fault {
	if n == none {
		return Fault{}
	}
	var f Fault
	f.Class = FaultClass(d.nodes[n].Type.Local)
	if info, ok := faultClasses[f.Class]; !ok || info.abstract || info.space != d.nodes[n].Type.Space {
		d.fail(n, "xsi:type is missing or is not that of a fault")
	}
	c := d.seq(n)
	f.Desc = d.str(c.one(base("desc")))
	f.Code = d.str(c.opt(base("faultCode")))
	c.done()
	return f
}

func (e *encoder) fault(name string, f *Fault) {
	class := f.Class
	if !class.Known() || class.Abstract() {
		class = SystemEx
	}
	e.start(name)
	e.xsiType(class.Type())
	e.msg("b:desc", f.Desc)
	e.leafOpt("b:faultCode", f.Code)
	e.end(name)
}

func (m *FaultResp) decode(d *decoder, n ref) {
	c := d.seq(n)
	d.responseHeader(&c, &m.ResponseHeader)
	m.Fault = d.fault(c.one(base("fault")))
	c.done()
}

func (m *FaultResp) encode(e *encoder) {
	e.responseHeader(&m.ResponseHeader)
	e.fault("b:fault", &m.Fault)
}
