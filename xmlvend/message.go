package xmlvend

import "github.com/vendswitch/vendswitch/schemas"

// QName is a namespace-qualified name: of an element, or of a schema type.
type QName = schemas.QName

func qname(space, local string) QName { return QName{Space: space, Local: local} }

func base(local string) QName    { return qname(schemas.NSBase, local) }
func revenue(local string) QName { return qname(schemas.NSRevenue, local) }
func meter(local string) QName   { return qname(schemas.NSMeter, local) }
func voucher(local string) QName { return qname(schemas.NSVoucher, local) }

// Message is the payload of a SOAP body: one request or one response. The set
// of messages is closed to this package.
type Message interface {
	// Element is the name of the payload element, the one that selects the operation.
	Element() QName
	// Type is the schema type of the payload; for the abstract elements
	// (advice, batches, engineering) it says which concrete message this is.
	Type() QName
	// encode writes the attributes and children of the element just started.
	encode(e *encoder)
}

// Request is a message from a vending client to a vending server (BaseReq).
type Request interface {
	Message
	// Head returns the header, never nil; changes to it change the message.
	Head() *RequestHeader
}

// VendRequest is a request that names a resource and a meter (BaseVendReq).
type VendRequest interface {
	Request
	VendHead() *VendRequestHeader
}

// Response is a message from a vending server to a vending client (BaseResp).
// A fault is a response too: [FaultResp].
type Response interface {
	Message
	// Head returns the header, never nil; changes to it change the message.
	Head() *ResponseHeader
}

// VendResponse is a response that touches the vendor's account (BaseVendResp).
type VendResponse interface {
	Response
	VendHead() *VendResponseHeader
}
