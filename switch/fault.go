package vending

import (
	"errors"
	"fmt"
	"time"
)

// Code is why a request was not fulfilled. The set is closed; a channel maps
// each code once, to an XMLVend fault class, an HTTP status, a screen.
type Code string

const (
	CodeInternal       Code = "internal"        // a defect or a failed part of the switch
	CodeClient         Code = "client"          // client unknown or blocked
	CodeMerchant       Code = "merchant"        // merchant blocked
	CodeTerminal       Code = "terminal"        // terminal unknown or blocked
	CodeCredentials    Code = "credentials"     // operator unknown or password wrong
	CodeRight          Code = "right"           // vendor may not use this operation
	CodeFunds          Code = "funds"           // float too low
	CodeAmount         Code = "amount"          // amount not allowed
	CodeProduct        Code = "product"         // product unknown or not on sale
	CodeStock          Code = "stock"           // no voucher left
	CodeMeter          Code = "meter"           // meter number malformed
	CodeUnknownMeter   Code = "unknown-meter"   // no supplier knows the meter
	CodeSupplier       Code = "supplier"        // the supplier refused; Fault.Class holds its fault class
	CodeUnavailable    Code = "unavailable"     // supplier down, or our account there in trouble
	CodeUnknownOutcome Code = "unknown-outcome" // the sale may have happened
	CodeIndeterminate  Code = "indeterminate"   // asked after a sale whose outcome is still open
	CodeMessageTaken   Code = "message-taken"   // message id used for something else
	CodeRepeated       Code = "repeated"        // the request was answered before, and the client wants repeats refused
	CodeMessageVoid    Code = "message-void"    // message id was declared never sold
	CodeNotFound       Code = "not-found"       // no transaction under that message id
	CodeReversed       Code = "reversed"        // the sale was delivered and has been reversed since
	CodeReprint        Code = "reprint"         // nothing to reprint
	CodeConfirmation   Code = "confirmation"    // asked to confirm what never was
	CodeReversal       Code = "reversal"        // asked to reverse what never was
	CodeReprintSlip    Code = "reprint-slip"    // there is no deposit slip
	CodeReprintBatch   Code = "reprint-batch"   // there is no such closed batch
	CodeStartBatch     Code = "start-batch"     // the batch cannot be opened
	CodeEndBatch       Code = "end-batch"       // the batch cannot be closed
	CodeTotalBatch     Code = "total-batch"     // no such batch is open
	CodeUnsupported    Code = "unsupported"     // the switch does not offer this operation; said by channels
	CodeCertificate    Code = "certificate"     // the sender's certificate is another's; said by channels
)

// Fault is a refusal in words for the people concerned. It never holds a token,
// a PIN or a password.
type Fault struct {
	Code      Code   `json:"code"`
	Class     string `json:"class,omitempty"`     // XMLVend fault class of a supplier's refusal
	Text      string `json:"text"`                // what happened, for the integrator
	Operator  string `json:"operator,omitempty"`  // what the person at the terminal should do
	Customer  string `json:"customer,omitempty"`  // what the customer should be told
	Reference string `json:"reference,omitempty"` // finds the log line of an internal error

	// At is when a stored refusal was made; zero for one that is not stored.
	At time.Time `json:"-"`

	cause error
}

func (f *Fault) Error() string { return string(f.Code) + ": " + f.Text }

// Unwrap gives the cause, which stays inside the switch: channels show Text.
func (f *Fault) Unwrap() error { return f.cause }

// AsFault finds the fault in err; any other error becomes an internal error
// whose text says nothing of its cause.
func AsFault(err error) *Fault {
	if f, ok := errors.AsType[*Fault](err); ok {
		return f
	}
	return &Fault{
		Code:     CodeInternal,
		Text:     "internal error",
		Operator: "The switch has a problem. Ask for the last response before you sell again.",
		cause:    err,
	}
}

func faultf(code Code, operator, customer, format string, args ...any) *Fault {
	return &Fault{Code: code, Text: fmt.Sprintf(format, args...), Operator: operator, Customer: customer}
}

// unknownOutcome is the interim answer to a sale that may have happened. It is
// never stored as an outcome.
func unknownOutcome() *Fault {
	return faultf(CodeUnknownOutcome,
		"Do not sell again; ask for the last response.",
		"Your purchase is being checked. Do not pay again.",
		"outcome not known yet")
}

func unavailable(supplier string) *Fault {
	return faultf(CodeUnavailable,
		"The supplier cannot be reached. Nothing was sold; try again later.",
		"Not available at the moment. You were not charged.",
		"supplier not available (%s)", supplier)
}
