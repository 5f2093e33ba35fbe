package xmlvend

import "github.com/vendswitch/vendswitch/schemas"

// Resource is what a meter measures.
type Resource string

// The resources of the base schema. Some clients leave the element out; their
// dialect then says Electricity.
const (
	Electricity      Resource = "Electricity"
	Gas              Resource = "Gas"
	Water            Resource = "Water"
	ConnectionTime   Resource = "ConnectionTime"
	CurrencyResource Resource = "CurrencyResource"
)

// MeterIdentifier names the meter a token is for: a [MeterNumber], a
// [MeterDetail] or a [MeterCard].
type MeterIdentifier interface {
	// MeterNo returns the meter serial number; a magnetic card gives none,
	// since its track may not be taken apart.
	MeterNo() string
	meterIdentifier()
}

// MeterConfig names a meter by its complete configuration: a [MeterDetail] or a
// [MeterCard].
type MeterConfig interface {
	MeterIdentifier
	meterConfig()
}

// MeterNumber names a meter by its serial number alone.
type MeterNumber struct {
	MSNO string // 3 to 13 characters; 11 digits with a Luhn check digit as a rule
}

// MeterDetail is a meter's configuration, typed in or known to the server.
type MeterDetail struct {
	MSNO string // meter serial number
	SGC  string // supply group code, 6 digits
	KRN  string // key revision number, 1 digit
	TI   string // tariff index, 2 digits
	Type MeterType
	Ext  *MeterDetailExt // set when the wire type is ExtMeterDetail
}

// MeterDetailExt is what ExtMeterDetail adds to a MeterDetail.
type MeterDetailExt struct {
	Track2 string // magnetic stripe data of the meter card
	UseSTT *bool  // use the standard token translator; optional
}

// MeterType holds a meter's technology codes.
type MeterType struct {
	AT string // algorithm technology, 2 digits; 07 is STS
	TT string // token technology, 2 digits; 01 magnetic card, 02 numeric
}

// MeterCard names a meter by track 2 of its magnetic card.
type MeterCard struct {
	Track2 string
}

func (m MeterNumber) MeterNo() string { return m.MSNO }
func (m MeterDetail) MeterNo() string { return m.MSNO }
func (m MeterCard) MeterNo() string   { return "" }

func (MeterNumber) meterIdentifier() {}
func (MeterDetail) meterIdentifier() {}
func (MeterCard) meterIdentifier()   {}

func (MeterDetail) meterConfig() {}
func (MeterCard) meterConfig()   {}

// KCTData holds the keys a key change token changes from and to.
type KCTData struct {
	FromSGC, FromKRN, FromTI string
	ToSGC, ToKRN, ToTI       string
}

// PwrLmt is a power limit.
type PwrLmt struct {
	Value  string // 1 to 3 digits, a point, 1 digit
	SIUnit string // kW
}

func (d *decoder) resource(n ref) Resource { return Resource(d.kind(n, schemas.NSBase, "")) }

func (e *encoder) resource(name string, r Resource) {
	e.start(name)
	e.baseType(string(r))
	e.end(name)
}

func (d *decoder) meterType(n ref) MeterType {
	return MeterType{AT: d.must(n, "at"), TT: d.must(n, "tt")}
}

func (e *encoder) meterType(name string, t MeterType) {
	e.start(name)
	e.attr("at", t.AT)
	e.attr("tt", t.TT)
	e.end(name)
}

// meterDetail reads an element declared as MeterDetail.
func (d *decoder) meterDetail(n ref) MeterDetail {
	return d.meterConfig(n, d.kind(n, schemas.NSBase, "MeterDetail"))
}

func (d *decoder) meterConfig(n ref, kind string) MeterDetail {
	m := MeterDetail{MSNO: d.must(n, "msno"), SGC: d.must(n, "sgc"), KRN: d.must(n, "krn"), TI: d.must(n, "ti")}
	switch kind {
	case "MeterDetail":
	case "ExtMeterDetail":
		m.Ext = &MeterDetailExt{Track2: d.must(n, "track2Data")}
		if s := d.may(n, "useSTT"); s != "" {
			b := d.boolean(n, s)
			m.Ext.UseSTT = &b
		}
	default:
		d.alien(n)
	}
	c := d.seq(n)
	m.Type = d.meterType(c.one(base("meterType")))
	c.done()
	return m
}

func (d *decoder) meterDetailOpt(n ref) *MeterDetail {
	if n == none {
		return nil
	}
	m := d.meterDetail(n)
	return &m
}

// meterDetail writes an element declared as MeterDetail.
func (e *encoder) meterDetail(name string, m MeterDetail) {
	e.start(name)
	if m.Ext != nil {
		e.baseType("ExtMeterDetail")
	}
	e.meterConfig(m)
	e.end(name)
}

func (e *encoder) meterDetailOpt(name string, m *MeterDetail) {
	if m != nil {
		e.meterDetail(name, *m)
	}
}

func (e *encoder) meterConfig(m MeterDetail) {
	e.attr("msno", m.MSNO)
	e.attr("sgc", m.SGC)
	e.attr("krn", m.KRN)
	e.attr("ti", m.TI)
	if m.Ext != nil {
		if m.Ext.UseSTT != nil {
			e.attr("useSTT", boolText(*m.Ext.UseSTT))
		}
		e.attr("track2Data", m.Ext.Track2)
	}
	e.meterType("b:meterType", m.Type)
}

// meterIdentifier reads an element declared as MeterIdentifier or MeterConfig,
// both abstract.
func (d *decoder) meterIdentifier(n ref) MeterIdentifier {
	if n == none {
		return nil
	}
	switch kind := d.kind(n, schemas.NSBase, ""); kind {
	case "MeterNumber":
		return MeterNumber{MSNO: d.must(n, "msno")}
	case "MeterDetail", "ExtMeterDetail":
		return d.meterConfig(n, kind)
	case "MeterCard":
		c := d.seq(n)
		card := MeterCard{Track2: d.str(c.one(base("track2Data")))}
		c.done()
		return card
	}
	d.alien(n)
	return MeterNumber{MSNO: d.may(n, "msno")}
}

func (e *encoder) meterIdentifier(name string, id MeterIdentifier) {
	e.start(name)
	switch id := id.(type) {
	case MeterNumber:
		e.baseType("MeterNumber")
		e.attr("msno", id.MSNO)
	case MeterDetail:
		if id.Ext != nil {
			e.baseType("ExtMeterDetail")
		} else {
			e.baseType("MeterDetail")
		}
		e.meterConfig(id)
	case MeterCard:
		e.baseType("MeterCard")
		e.leaf("b:track2Data", id.Track2)
	}
	e.end(name)
}

func (d *decoder) kctData(n ref) KCTData {
	return KCTData{
		FromSGC: d.must(n, "fromSGC"), FromKRN: d.must(n, "fromKRN"), FromTI: d.must(n, "fromTI"),
		ToSGC: d.must(n, "toSGC"), ToKRN: d.must(n, "toKRN"), ToTI: d.must(n, "toTI"),
	}
}

func (e *encoder) kctData(name string, k KCTData) {
	e.start(name)
	e.attr("fromSGC", k.FromSGC)
	e.attr("fromKRN", k.FromKRN)
	e.attr("fromTI", k.FromTI)
	e.attr("toSGC", k.ToSGC)
	e.attr("toKRN", k.ToKRN)
	e.attr("toTI", k.ToTI)
	e.end(name)
}

func (d *decoder) pwrLmt(n ref) PwrLmt {
	return PwrLmt{Value: d.must(n, "value"), SIUnit: d.must(n, "siUnit")}
}

func (e *encoder) pwrLmt(name string, p PwrLmt) {
	e.start(name)
	e.attr("value", p.Value)
	e.attr("siUnit", p.SIUnit)
	e.end(name)
}
