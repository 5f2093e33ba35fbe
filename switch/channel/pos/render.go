package pos

import (
	"cmp"
	"errors"
	"strconv"
	"time"

	vending "github.com/vendswitch/vendswitch/switch"
	"github.com/vendswitch/vendswitch/xmlvend"
)

// printer renders outcomes. What it writes depends on the outcome alone, never on
// the time or on who asks, so that the first answer, the answer to a repeated
// request and the answer to an advice are the same.
type printer struct {
	server xmlvend.DeviceID
	zone   *time.Location // of the times shown

	beneficiary *xmlvend.Beneficiary // on deposit slips; nil: none is shown
}

func (p printer) dateTime(t time.Time) xmlvend.DateTime { return xmlvend.NewDateTime(t.In(p.zone)) }

// canonical is a message id with its number as the ledger keeps it.
func canonical(id xmlvend.MsgID) xmlvend.MsgID {
	if n := id.Number(); n > 0 {
		id.UniqueNumber = strconv.Itoa(n)
	}
	return id
}

// header heads an answer that is made now, for the request at hand.
func (p printer) header(request *xmlvend.RequestHeader, at time.Time) xmlvend.ResponseHeader {
	return xmlvend.ResponseHeader{
		Client:       request.Client,
		Server:       p.server,
		Terminal:     request.Terminal,
		ReqMsgID:     canonical(request.MsgID),
		RespDateTime: p.dateTime(at),
	}
}

// stored heads the answer to the request that a sale came from.
func (p printer) stored(r *vending.Receipt, asker *xmlvend.RequestHeader) xmlvend.ResponseHeader {
	return xmlvend.ResponseHeader{
		Client:       device(r.Sale.Message.Client, asker.Client),
		Server:       p.server,
		Terminal:     device(r.Sale.Terminal, asker.Terminal),
		ReqMsgID:     xmlvend.MsgID{DateTime: r.Sale.Message.DateTime, UniqueNumber: strconv.Itoa(r.Sale.Message.Number)},
		RespDateTime: p.dateTime(r.Outcome.At),
	}
}

// outcome renders the answer to the request that a sale came from, as it was
// given, or would have been given, to that request.
func (p printer) outcome(r *vending.Receipt, asker *xmlvend.RequestHeader, client knows) (xmlvend.Response, error) {
	head := p.stored(r, asker)
	switch {
	case r.Outcome.Fault != nil:
		return faultResp(head, r.Outcome.Fault, client), nil
	case r.Outcome.Vouchers != nil:
		return p.vouchers(head, r)
	case r.Outcome.Vend != nil && r.Outcome.Vend.Served != nil:
		return p.served(head, r)
	case r.Outcome.Vend != nil:
		return p.credit(head, r)
	}
	return nil, errors.New("the outcome of a sale is neither a receipt nor a fault")
}

// parties completes the header of an answer about a sale.
func parties(head xmlvend.ResponseHeader, o *vending.Outcome) xmlvend.VendResponseHeader {
	supplier := o.Supplier
	if o.Vend != nil {
		supplier.Name = cmp.Or(supplier.Name, o.Vend.Utility.Name)
		supplier.Address = cmp.Or(supplier.Address, o.Vend.Utility.Address)
		supplier.TaxRef = cmp.Or(supplier.TaxRef, o.Vend.Utility.TaxRef)
	}
	h := xmlvend.VendResponseHeader{
		ResponseHeader: head,
		ClientStatus:   xmlvend.ClientStatus{AvailCredit: money(o.Available, o.Currency)},
		Utility: xmlvend.UtilityDetail{
			Name:    line(supplier.Name, maxOrganisation),
			Address: line(supplier.Address, maxAddress),
			TaxRef:  digits(supplier.TaxRef, len(xmlvend.NoTaxRef)),
		},
		Vendor: &xmlvend.VendorDetail{
			Name:    line(o.Vendor.Name, maxOrganisation),
			Address: line(o.Vendor.Address, maxAddress),
		},
	}
	if o.Vend != nil && o.Vend.Customer != nil {
		c := customer(*o.Vend.Customer)
		h.CustVendDetail = &c
	}
	return h
}

func customer(c vending.Person) xmlvend.CustVendDetail {
	d := xmlvend.CustVendDetail{CustDetail: xmlvend.CustDetail{
		Name:      personName(c.Name),
		Address:   line(c.Address, maxAddress),
		ContactNo: number(c.Contact, 7, 12),
		AccNo:     number(c.AccountNo, 1, maxNumber),
		LocRef:    number(c.LocationRef, 1, maxNumber),
	}}
	if c.DaysLastPurchase != nil {
		d.DaysLastPurchase = strconv.Itoa(*c.DaysLastPurchase)
	}
	return d
}

// copyMark is what a reprint says of itself.
const copyMark = " (copy)"

// heading is what heads the slip.
func heading(s string, copied bool) string {
	if !copied {
		return line(s, maxMsg)
	}
	return line(s, maxMsg-len(copyMark)) + copyMark
}
