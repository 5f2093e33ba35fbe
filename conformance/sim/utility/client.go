package utility

import (
	"crypto/subtle"
	"fmt"
	"slices"

	"github.com/vendswitch/vendswitch/xmlvend"
)

// Client is a vending client with its vendor account. Money is in cents.
type Client struct {
	EAN       string   // clientID, 13 digits
	Terminals []string // terminal ids that may sell; empty: every terminal
	Operator  string   // opName, at most 10 characters
	Password  string   // 6 to 15 characters
	Name      string   // of the vendor, printed on receipts
	Address   string

	Balance     int64 // vendor's credit at the start
	CreditLimit int64 // how far the balance may fall below zero
	Blocked     bool  // ClientIDAuthorisationEx
}

// String names the client and nothing else.
func (c Client) String() string { return "client " + c.EAN }

// GoString is String, so that %#v shows no password.
func (c Client) GoString() string { return c.String() }

// DemoClient is the client of a default configuration, with R100 000 of credit.
func DemoClient() Client {
	return Client{
		EAN: "6008000000017", Operator: "vendswitch", Password: "Sandstone1",
		Name: "Corner Store", Address: "12 Main Road, Sandstone", Balance: 10_000_000,
	}
}

func (c Client) validate() error {
	switch {
	case len(c.EAN) != 13 || !digitsOnly(c.EAN):
		return fmt.Errorf("utility: client %q: the EAN is not 13 digits", c.EAN)
	case c.Operator == "" || len(c.Operator) > 10:
		return fmt.Errorf("utility: client %s: the operator's name is not 1 to 10 characters", c.EAN)
	case len(c.Password) < 6 || len(c.Password) > 15:
		return fmt.Errorf("utility: client %s: the password is not 6 to 15 characters", c.EAN)
	}
	return nil
}

// vendor is a client and its account.
type vendor struct {
	client  Client // Password changes
	balance int64
}

func (v *vendor) available() int64 { return v.balance + v.client.CreditLimit }

// admit checks the terminal and the operator of a request, and changes the
// password if the request wants that.
func (v *vendor) admit(head *xmlvend.RequestHeader) *refusal {
	if v.client.Blocked {
		return refuse(xmlvend.ClientIDAuthorisationEx, "VD.010032", "Client is blocked")
	}
	if len(v.client.Terminals) > 0 && !slices.Contains(v.client.Terminals, head.Terminal.ID) {
		return refuse(xmlvend.RequestAuthorisationEx, "VD.010032", "Terminal is not registered for this client")
	}
	wrong := refuse(xmlvend.RequestAuthorisationEx, "VD.010032", "Operator or password is wrong")
	if head.AuthCred == nil || head.AuthCred.OpName != v.client.Operator {
		return wrong
	}
	given := head.AuthCred.Password.Reveal()
	if subtle.ConstantTimeCompare([]byte(given), []byte(v.client.Password)) != 1 {
		return wrong
	}
	if next := head.AuthCred.NewPassword.Reveal(); next != "" {
		v.client.Password = next
	}
	return nil
}

func digitsOnly(s string) bool {
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}
