package xmlvend

// IDMethod says how a customer or meter is looked up: a [VendIDMethod] or a
// [CustIDMethod].
type IDMethod interface{ idMethod() }

// VendIDMethod looks a customer up by the meter.
type VendIDMethod struct{ Meter MeterIdentifier }

// CustIDMethod looks a customer up by what is known of the customer.
type CustIDMethod struct{ Customer CustIdentifier }

func (VendIDMethod) idMethod() {}
func (CustIDMethod) idMethod() {}

// CustIdentifier is one thing known of a customer: a [CustAccountNo], a
// [CustAddress], a [CustIDNumber] or a [CustName].
type CustIdentifier interface{ custIdentifier() }

// CustAccountNo is an account number, with the organisation that keeps the account.
type CustAccountNo struct {
	AccNo        string // at most 20 characters, no space
	Organisation string // at most 80 characters; optional
}

// CustAddress is an address, at most 80 characters.
type CustAddress struct{ Address string }

// CustIDNumber is an identity number, at most 20 characters, no space.
type CustIDNumber struct{ IDNo string }

// CustName is a name, 1 to 40 characters, no digit.
type CustName struct{ Name string }

func (CustAccountNo) custIdentifier() {}
func (CustAddress) custIdentifier()   {}
func (CustIDNumber) custIdentifier()  {}
func (CustName) custIdentifier()      {}
