package pos

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/vendswitch/vendswitch/xmlvend"
)

// Width of a slip in characters: what a 58 mm printer takes in its small font.
const Width = 42

// Slip prints a response as the terminal would. Key change tokens stand above the
// credit tokens, for that is the order in which they are keyed in.
func Slip(m xmlvend.Response) string {
	p := new(printer)
	switch m := m.(type) {
	case *xmlvend.VoucherReprintResp:
		p.vendHead(&m.VendResponseHeader)
		p.receipt(&m.Receipt)
		p.foot(m.Head())
	case xmlvend.CreditResponse:
		p.vendHead(m.VendHead())
		p.receipt(m.CreditReceipt())
		p.foot(m.Head())
	case *xmlvend.VoucherVendResp:
		p.vendHead(m.VendHead())
		p.receipt(&m.Receipt)
		p.foot(m.Head())
	case *xmlvend.LastRespAdviceResp:
		return Slip(m.LastResponse)
	case *xmlvend.FaultResp:
		p.center(or(m.DispHeader, "NOT SOLD"))
		p.rule()
		p.wrap(m.Fault.Desc)
		if m.OperatorMsg != m.Fault.Desc {
			p.wrap(m.OperatorMsg)
		}
		p.wrap(m.CustMsg)
	default:
		p.center("no slip for " + m.Element().Local)
	}
	return p.text.String()
}

type printer struct{ text strings.Builder }

func (p *printer) line(s string) { p.text.WriteString(strings.TrimRight(s, " ") + "\n") }

func (p *printer) rule() { p.line(strings.Repeat("-", Width)) }

func (p *printer) center(s string) {
	if pad := (Width - utf8.RuneCountInString(s)) / 2; pad > 0 {
		s = strings.Repeat(" ", pad) + s
	}
	p.line(s)
}

// pair prints a name at the left edge and a value at the right.
func (p *printer) pair(name, value string) {
	if value == "" {
		return
	}
	gap := Width - utf8.RuneCountInString(name) - utf8.RuneCountInString(value)
	p.line(name + strings.Repeat(" ", max(gap, 1)) + value)
}

func (p *printer) wrap(s string) {
	line := ""
	for word := range strings.FieldsSeq(s) {
		if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > Width {
			p.line(line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	if line != "" {
		p.line(line)
	}
}

func (p *printer) vendHead(h *xmlvend.VendResponseHeader) {
	if v := h.Vendor; v != nil {
		p.center(v.Name)
		p.center(v.Address)
	}
	p.rule()
	p.center(or(h.DispHeader, "RECEIPT"))
	p.rule()
	p.pair("Supplier", h.Utility.Name)
	p.pair("VAT no", h.Utility.TaxRef)
	date, clock, _ := strings.Cut(string(h.RespDateTime), "T")
	if len(clock) > 8 {
		clock = clock[:8]
	}
	p.pair("Date", date+" "+clock)
	p.pair("Terminal", h.Terminal.ID)
	if c := h.CustVendDetail; c != nil {
		p.pair("Customer", c.Name)
		p.wrap(c.Address)
	}
}

func (p *printer) receipt(r *xmlvend.Receipt) {
	p.pair("Receipt", r.ReceiptNo)
	p.rule()
	p.keyChange(r.Transactions.Tx)
	for _, tx := range r.Transactions.Tx {
		p.tx(tx)
	}
	p.rule()
	p.money("TENDERED", r.Transactions.TenderAmt)
	p.money("Change", r.Transactions.Change)
}

// keyChange prints all key change tokens of a receipt. The meter takes no credit
// token before it has them all.
func (p *printer) keyChange(txs []xmlvend.Tx) {
	var tokens []string
	for _, tx := range txs {
		if t, ok := tx.(*xmlvend.CreditVendTx); ok && t.KCTokenIssue != nil {
			if kc, ok := t.KCTokenIssue.Token.(xmlvend.KCToken); ok {
				tokens = append(tokens, kc.Set1stMeterKey.Cipher.Reveal(), kc.Set2ndMeterKey.Cipher.Reveal())
			}
		}
	}
	if len(tokens) == 0 {
		return
	}
	p.center("KEY IN THESE FIRST: NEW METER KEY")
	for _, t := range tokens {
		p.center(Grouped(t))
	}
	p.rule()
}

func (p *printer) tx(tx xmlvend.Tx) {
	switch t := tx.(type) {
	case *xmlvend.CreditVendTx:
		p.creditTx(t)
	case *xmlvend.PayAccTx:
		p.money(t.AccDesc, &t.Amt)
		p.taxes(t.Tax)
		p.money("  balance left", t.Balance)
	case *xmlvend.VoucherTx:
		p.money(t.Product.Name, &t.Amt)
		p.taxes(t.Tax)
		for i := range t.Vouchers {
			p.voucher(&t.Vouchers[i])
		}
	}
}

func (p *printer) creditTx(t *xmlvend.CreditVendTx) {
	issue := &t.CreditTokenIssue
	meter := issue.MeterDetail
	p.pair("Meter", meter.MSNO)
	p.pair("SGC "+meter.SGC+"  KRN "+meter.KRN+"  TI "+meter.TI, "AT "+meter.Type.AT)
	if t.Tariff != nil {
		p.pair("Tariff", t.Tariff.Name)
		p.wrap(t.Tariff.Desc)
	}
	p.line("")
	p.center(strings.ToUpper(issue.Desc))
	if token, ok := issue.Token.(xmlvend.STS1Token); ok {
		p.center(Grouped(token.Cipher.Reveal()))
	}
	p.center(string(issue.Units.Value) + " " + issue.Units.SIUnit)
	p.line("")
	p.money("Amount", &t.Amt)
	p.taxes(t.Tax)
}

func (p *printer) voucher(v *xmlvend.Voucher) {
	p.line("")
	p.center("PIN " + Grouped(v.PIN.Reveal()))
	p.pair("  serial", v.Serial)
	p.pair("  use before", v.Expiry)
	p.wrap(v.Instructions)
}

func (p *printer) taxes(taxes []xmlvend.Tax) {
	for _, t := range taxes {
		p.money(fmt.Sprintf("  VAT %s %%", t.Rate), &t.Amt)
	}
}

func (p *printer) money(name string, c *xmlvend.Currency) {
	if c != nil {
		p.pair(name, c.Symbol+" "+string(c.Value))
	}
}

func (p *printer) foot(h *xmlvend.ResponseHeader) {
	p.rule()
	p.wrap(h.CustMsg)
}

// Grouped sets a token or PIN in groups of four, the way it is read out.
func Grouped(digits string) string {
	var b strings.Builder
	for i, r := range digits {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}

func or(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
