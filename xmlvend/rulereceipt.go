package xmlvend

import (
	"slices"
	"strings"

	"github.com/vendswitch/vendswitch/schemas"
)

// Rules about amounts and receipts.

// currencyMissing: amounts of an answer do not tell their currency. What is read is
// none, and whoever reads it knows the currency of the server. A request is left
// alone: what money a customer pays with is not guessed at.
func currencyMissing(d *draft) bool {
	if !d.isAnswer() {
		return false
	}
	changed := false
	for n := range d.nodes {
		_, amount := d.attr(ref(n), "value")
		_, quantity := d.attr(ref(n), "siUnit")
		if symbol, _ := d.attr(ref(n), "symbol"); !amount || quantity || strings.TrimSpace(symbol) != "" {
			continue
		}
		d.standIn(ref(n), "symbol", noCurrency)
		changed = true
	}
	return changed
}

const noCurrency = "XXX" // ISO 4217: no currency

// vatAsFraction: 0.15 means 15 per cent.
func vatAsFraction(d *draft) bool {
	return d.rewrite("rate", func(n ref, v string) string {
		rate := string(Decimal(strings.TrimSpace(v)).Canonical())
		if d.nodes[n].Type != base("VAT") || !strings.HasPrefix(rate, "0.") {
			return v
		}
		_, fraction, _ := strings.Cut(rate, ".")
		for len(fraction) < 2 {
			fraction += "0"
		}
		return string(Decimal(fraction[:2] + "." + fraction[2:]).Canonical())
	})
}

// creditStep: a transaction holds the steps of its tariff, in no schema.
func creditStep(d *draft) bool {
	return d.drop(func(n ref) bool { return d.nodes[n].Name == revenue("creditStep") })
}

// tariffBreakdown: a transaction tells what each step of its tariff came to, in an
// extension's terms.
func tariffBreakdown(d *draft) bool { return d.dropExtensions("tariffBreakdown", "tariffBenefaction") }

// monthlyTotals: a receipt holds the totals of the month, or says that it holds none.
func monthlyTotals(d *draft) bool { return d.dropExtensions("MonthlyTotals") }

// answerExtensions: an answer holds elements that are in no schema, or in one of an
// extension, after all that are.
func answerExtensions(d *draft) bool {
	return d.dropExtensions("CisVendingServerDetail", "CustomerNotes", "CurrencyExchangeRates", "custAccountDetail")
}

// dropExtensions removes the elements of an answer that have one of the names and are
// in a schema of the standard or of an extension.
func (d *draft) dropExtensions(names ...string) bool {
	if !d.isAnswer() {
		return false
	}
	return d.drop(func(n ref) bool {
		name := d.nodes[n].Name
		return slices.Contains(names, name.Local) &&
			(slices.Contains(standardNamespaces, name.Space) || slices.Contains(extensionNamespaces, name.Space))
	})
}

var standardNamespaces = []string{schemas.NSBase, schemas.NSRevenue, schemas.NSMeter}

// vatAsCharge: the whole tender is listed once more as a service charge called VAT. It
// goes only if the other lines are the tender, so that none of the money is lost.
func vatAsCharge(d *draft) bool {
	return d.receipts(func(r receiptLines) bool {
		vat := slices.DeleteFunc(slices.Clone(r.lines), func(l receiptLine) bool {
			return d.nodes[l.at].Type != revenue("ServiceChrgTx") || l.taxed || l.amount != r.tender ||
				!strings.EqualFold(strings.TrimSpace(d.str(l.at, "accDesc")), "VAT")
		})
		if len(vat) != 1 || len(r.lines) < 2 || r.tender == 0 || r.sum()-vat[0].amount != r.tender {
			return false
		}
		d.remove(vat[0].at)
		return true
	})
}

// roundingOfAll: lessRound repeats the tender, of which nothing was rounded off.
func roundingOfAll(d *draft) bool {
	return d.receipts(func(r receiptLines) bool {
		n := d.child(r.at, "lessRound")
		if n == none || r.tender == 0 || r.sum() != r.tender {
			return false
		}
		if rounding, ok := d.amount(n); !ok || rounding != r.tender {
			return false
		}
		d.remove(n)
		return true
	})
}

// receiptLines are the lines of a receipt whose amounts can all be read.
type receiptLines struct {
	at     ref // the transactions
	lines  []receiptLine
	tender int64
}

type receiptLine struct {
	at     ref
	amount int64 // with its taxes
	taxed  bool
}

// sum adds the lines up.
func (r receiptLines) sum() int64 {
	var total int64
	for _, l := range r.lines {
		total += l.amount
	}
	return total
}

// receipts tries f on every receipt of an answer that names its tender and whose
// amounts can be read.
func (d *draft) receipts(f func(r receiptLines) bool) bool {
	if !d.isAnswer() {
		return false
	}
	changed := false
	for n := range d.nodes {
		if d.nodes[n].Name != revenue("transactions") {
			continue
		}
		if r, ok := d.receiptAt(ref(n)); ok {
			changed = f(r) || changed
		}
	}
	return changed
}

func (d *draft) receiptAt(n ref) (receiptLines, bool) {
	r := receiptLines{at: n}
	tender := d.child(n, "tenderAmt")
	if tender == none {
		return r, false
	}
	var ok bool
	if r.tender, ok = d.amount(tender); !ok {
		return r, false
	}
	d.children(n, func(c ref) bool {
		if d.nodes[c].Name == revenue("tx") {
			line, readable := d.lineAt(c)
			ok = ok && readable
			r.lines = append(r.lines, line)
		}
		return true
	})
	return r, ok
}

// lineAt returns a line, and whether its amounts can be read.
func (d *draft) lineAt(n ref) (line receiptLine, readable bool) {
	line, readable = receiptLine{at: n}, true
	add := func(c ref) {
		v, ok := d.amount(c)
		line.amount += v
		readable = readable && ok
	}
	d.children(n, func(c ref) bool {
		switch d.nodes[c].Name {
		case revenue("amt"):
			add(c)
		case revenue("tax"):
			line.taxed = true
			if amt := d.child(c, "amt"); amt != none {
				add(amt)
			}
		}
		return true
	})
	return line, readable
}

// ruleDecimals is how exactly amounts are compared; no currency has more.
const ruleDecimals = 4

// mostAmount keeps sums of amounts far from the limits of an int64.
const mostAmount = 1e15

// amount reads an amount in 10^-ruleDecimals of its currency.
func (d *draft) amount(n ref) (int64, bool) {
	v, _ := d.attr(n, "value")
	amount, err := Decimal(strings.TrimSpace(v)).Canonical().Minor(ruleDecimals)
	return amount, err == nil && amount < mostAmount && amount > -mostAmount
}

// str returns the text of a child.
func (d *draft) str(n ref, local string) string {
	if n = d.child(n, local); n == none {
		return ""
	}
	return d.text(n)
}
