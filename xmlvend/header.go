package xmlvend

import (
	"fmt"
	"strconv"
	"time"
)

// DeviceKind says which of the two device identifications of the base schema is meant.
type DeviceKind uint8

const (
	// NoDevice is the kind of the zero DeviceID: none was given.
	NoDevice DeviceKind = iota
	// EANDevice is an EANDeviceID: 13 digits, recommended for clients and servers.
	EANDevice
	// GenericDevice is a GenericDeviceID: free text, meant for terminals.
	GenericDevice
)

// DeviceID identifies a client, a server or a terminal.
type DeviceID struct {
	Kind DeviceKind
	ID   string
}

// EAN returns the device identified by a 13-digit EAN.
func EAN(digits string) DeviceID { return DeviceID{EANDevice, digits} }

// Generic returns the device identified by free text, at most 160 characters.
func Generic(id string) DeviceID { return DeviceID{GenericDevice, id} }

// unknownDevice stands in an answer for a device that could not be read.
const unknownDevice = "unknown"

// IsZero reports that no device was given.
func (d DeviceID) IsZero() bool { return d == DeviceID{} }

// String returns the identification without its kind.
func (d DeviceID) String() string { return d.ID }

// MsgID identifies a request. Together with the client ID it is unique across
// the system (XMLVend 2.1, base schema). Both parts are kept as sent.
type MsgID struct {
	DateTime     string // 14 digits, yyyymmddHHMMSS, the client's local time; 12 or 15 to 17 in some dialects
	UniqueNumber string // 1 to 999999, in some dialects to 9999999; leading zeros do not count
}

// NoMsgID stands in an answer for the id of a request whose own id could not be
// read: valid to the schema, and the id of no request.
var NoMsgID = MsgID{DateTime: "19700101000000", UniqueNumber: "1"}

const msgIDLayout = "20060102150405"

// Known reports that the id names a request: it is neither zero nor [NoMsgID].
func (m MsgID) Known() bool { return m != MsgID{} && m != NoMsgID }

// The greatest unique number: of the schema, and of the dialects whose clients count
// further.
const (
	maxNumber     = 999_999
	maxLongNumber = 9_999_999
)

// Number returns the unique number as an integer, so that 000412 is 412, or 0
// when it is not a number of one to seven digits, leading zeros apart.
func (m MsgID) Number() int {
	n, err := strconv.Atoi(m.UniqueNumber)
	if err != nil || n < 1 || n > maxLongNumber {
		return 0
	}
	return n
}

// Time returns the date and time in the given zone, or an error when they do
// not exist (the schema lets month 13 pass).
func (m MsgID) Time(zone *time.Location) (time.Time, error) {
	t, err := time.ParseInLocation(msgIDLayout, m.DateTime, zone)
	if err != nil {
		return time.Time{}, fmt.Errorf("xmlvend: message id: dateTime %q is not a date and time yyyymmddHHMMSS", m.DateTime)
	}
	return t, nil
}

// Check reports what is wrong with the id that the schema cannot see: a date
// or time that does not exist.
func (m MsgID) Check() error {
	_, err := m.Time(time.UTC)
	return err
}

// Same reports that both ids name the same request: equal dateTime, and numbers
// equal as integers.
func (m MsgID) Same(o MsgID) bool { return m.DateTime == o.DateTime && m.Number() == o.Number() }

// String returns the id as dateTime/number.
func (m MsgID) String() string { return m.DateTime + "/" + m.UniqueNumber }

// AuthCred holds an operator's credentials.
type AuthCred struct {
	OpName      string // 1 to 10 characters, no space
	Password    Secret // 6 to 15 characters, no space; may be absent
	NewPassword Secret // replaces Password as a side effect of any request
}

// String names the operator and nothing else.
func (a AuthCred) String() string { return "operator " + a.OpName }

// RequestHeader is what every request starts with (BaseReq).
type RequestHeader struct {
	Client   DeviceID // the vending client, which has the vendor account
	Terminal DeviceID // the terminal behind the client; Generic("1") when the client is itself the terminal
	MsgID    MsgID
	AuthCred *AuthCred // optional
}

// Head returns the header itself.
func (h *RequestHeader) Head() *RequestHeader { return h }

// VendRequestHeader is what every request for a meter starts with (BaseVendReq).
type VendRequestHeader struct {
	RequestHeader
	Resource Resource
	Meter    MeterIdentifier // the meterIdentifier of the VendIDMethod
}

// VendHead returns the header itself.
func (h *VendRequestHeader) VendHead() *VendRequestHeader { return h }

// DateTime is an xs:dateTime with the characters it had on the wire: offsets,
// milliseconds and seven fractional digits all occur.
type DateTime string

// NewDateTime returns t to the second, with its offset.
func NewDateTime(t time.Time) DateTime { return DateTime(t.Format(time.RFC3339)) }

// Time returns the instant. A value without an offset is read in the given zone.
func (d DateTime) Time(zone *time.Location) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339Nano, string(d)); err == nil {
		return t, nil
	}
	t, err := time.ParseInLocation("2006-01-02T15:04:05.999999999", string(d), zone)
	if err != nil {
		return time.Time{}, fmt.Errorf("xmlvend: %q is not an xs:dateTime", string(d))
	}
	return t, nil
}

// ResponseHeader is what every response starts with (BaseResp). Texts hold at
// most 160 characters; the encoder cuts longer ones.
type ResponseHeader struct {
	Client       DeviceID
	Server       DeviceID
	Terminal     DeviceID
	ReqMsgID     MsgID    // echoes the request's message id
	RespDateTime DateTime // when the response was made
	DispHeader   string   // heading of display and slip; optional
	OperatorMsg  string   // for the operator; optional
	CustMsg      string   // for the customer; optional
}

// Head returns the header itself.
func (h *ResponseHeader) Head() *ResponseHeader { return h }

// VendResponseHeader is what every response that touches the vendor's account
// starts with (BaseVendResp).
type VendResponseHeader struct {
	ResponseHeader
	ClientStatus   ClientStatus
	Utility        UtilityDetail
	Vendor         *VendorDetail   // optional
	CustVendDetail *CustVendDetail // optional
}

// VendHead returns the header itself.
func (h *VendResponseHeader) VendHead() *VendResponseHeader { return h }

// ClientStatus tells a client the credit it has left and the state of its batches.
type ClientStatus struct {
	AvailCredit Currency     // may be negative
	BatchStatus *BatchStatus // optional
}

// Batch states.
const (
	BatchOpen   = "open"
	BatchClosed = "closed"
)

// BatchStatus holds the state of the three batch levels, each open or closed.
type BatchStatus struct {
	Banking, Sales, Shift string
}

// NoTaxRef is the tax reference of a supplier that has none, or has not told it:
// the schema wants ten digits.
const NoTaxRef = "0000000000"

// UtilityDetail names the supply authority.
type UtilityDetail struct {
	Name    string // at most 80 characters
	Address string // at most 80 characters
	TaxRef  string // 10 digits; empty is sent as [NoTaxRef]
}

// VendorDetail names the seller.
type VendorDetail struct {
	Name    string // at most 80 characters
	Address string // at most 80 characters
}

// CustDetail describes a customer.
type CustDetail struct {
	Name      string // 1 to 40 characters, no digit
	Address   string // at most 80 characters
	ContactNo string // 7 to 12 characters; optional
	AccNo     string // at most 20 characters, no space; optional
	LocRef    string // at most 20 characters, no space; optional
}

// CustVendDetail describes a customer and when they last bought.
type CustVendDetail struct {
	CustDetail
	DaysLastPurchase string // integer as sent; optional
}
