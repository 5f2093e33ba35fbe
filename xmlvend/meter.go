package xmlvend

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
