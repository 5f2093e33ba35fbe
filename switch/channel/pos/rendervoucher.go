package pos

import (
	"cmp"
	"fmt"
	"time"

	vending "github.com/vendswitch/vendswitch/switch"
	"github.com/vendswitch/vendswitch/xmlvend"
)

const voucherHeading = "VOUCHER SALE"

// vouchers renders a sale of vouchers.
func (p printer) vouchers(head xmlvend.ResponseHeader, r *vending.Receipt) (*xmlvend.VoucherVendResp, error) {
	o, sold := r.Outcome, r.Outcome.Vouchers
	head.DispHeader = heading(voucherHeading, r.Copy)
	tx := &xmlvend.VoucherTx{
		TxCommon: xmlvend.TxCommon{Amt: money(o.Tender, o.Currency)},
		Product:  xmlvend.Product{Code: sold.Product, Name: productName(sold.Product, sold.Name)},
	}
	if vat := vending.VATWithin(o.Tender, sold.VATBP); vat != 0 {
		tx.Amt = money(o.Tender-vat, o.Currency)
		tx.Tax = taxes([]vending.Tax{{RateBP: sold.VATBP, Amount: vat}}, o.Currency)
	}
	for _, v := range r.Vouchers {
		voucher, err := p.voucher(v, o.Currency, sold.Instructions)
		if err != nil {
			return nil, err
		}
		tx.Vouchers = append(tx.Vouchers, voucher)
	}
	if len(tx.Vouchers) == 0 {
		return nil, fmt.Errorf("receipt %s has no voucher", o.ReceiptNo)
	}
	return &xmlvend.VoucherVendResp{
		VendResponseHeader: parties(head, o),
		Receipt: xmlvend.Receipt{
			ReceiptNo: line(o.ReceiptNo, maxReceiptNo),
			Transactions: xmlvend.Transactions{
				Tx:        []xmlvend.Tx{tx},
				TenderAmt: optional(&o.Tender, o.Currency),
			},
		},
	}, nil
}

// voucher renders a voucher. A PIN that the schema has no room for is an error:
// better no receipt than one whose PIN does not work.
func (p printer) voucher(v vending.Voucher, currency, instructions string) (xmlvend.Voucher, error) {
	pin := number(v.PIN, minPIN, maxPIN)
	if pin == "" {
		return xmlvend.Voucher{}, fmt.Errorf("the PIN of voucher %s is not %d to %d characters", v, minPIN, maxPIN)
	}
	rendered := xmlvend.Voucher{
		Serial:       cmp.Or(number(v.Serial, 1, maxSerial), "-"),
		PIN:          xmlvend.Secret(pin),
		FaceValue:    money(v.Face, cmp.Or(v.Currency, currency)),
		Instructions: lines(instructions, maxInstructions),
	}
	if _, err := time.Parse(time.DateOnly, v.ExpiresOn); err == nil {
		rendered.Expiry = v.ExpiresOn
	}
	return rendered, nil
}

// productName is a product's name; a product without one is called by its code.
func productName(code, name string) string {
	return cmp.Or(line(name, maxProductName), line(code, maxProductName))
}

// reprint renders a copy of the receipt of a sale of vouchers. It differs from
// the first one in its header and in being a copy.
func (p printer) reprint(r *vending.Receipt, request *xmlvend.RequestHeader, at time.Time) (*xmlvend.VoucherReprintResp, error) {
	sale, err := p.vouchers(p.header(request, at), r)
	if err != nil {
		return nil, err
	}
	return &xmlvend.VoucherReprintResp{VoucherVendResp: *sale, SoldAt: p.dateTime(r.Outcome.At)}, nil
}
