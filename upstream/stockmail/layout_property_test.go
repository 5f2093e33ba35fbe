package stockmail_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/vendswitch/vendswitch/upstream/stockmail"
	"github.com/vendswitch/vendswitch/xmlvend"
)

// writer is a supplier's side of an agreement that was drawn: it writes files by its own
// lights, with nothing of the package that reads them.
type writer struct {
	delimiter string // empty in fixed width
	quotes    bool
	cents     bool
	mark      string // of vouchers; may be empty
	date      string // layout of package time
	header    []string
	trailer   []string
	layouts   [][]string
	products  []stockmail.Product
	layoutOf  []int
	order     string
	batch     string
}

// widths are those of columns in fixed width.
var widths = map[string]int{"mark": 1, "product": 6, "face": 10, "serial": 14, "pin": 16, "expires": 10, "batch": 8, "cost": 10,
	"count": 8, "order": 8, "total": 12, "first": 14, "last": 14, "number": 5, "ignore": 4}

// notations are ours, and those of package time.
var notations = [][2]string{{"dd/mm/yyyy", "02/01/2006"}, {"yyyymmdd", "20060102"}, {"yyyy-mm-dd", "2006-01-02"}, {"ddmmyy", "020106"},
	{"mm/yyyy", "01/2006"}, {"dd.mm.yy", "02.01.06"}, {"yyyymm", "200601"}}

func drawSome(t *rapid.T, of ...string) []string {
	all := rapid.Permutation(of).Draw(t, "columns")
	return all[:rapid.IntRange(0, len(all)).Draw(t, "how many")]
}

// drawWriter draws an agreement, and who writes by it.
func drawWriter(t *rapid.T) (*writer, stockmail.Agreement) {
	w := &writer{delimiter: rapid.SampledFrom([]string{"|", ",", ";", "\t", ""}).Draw(t, "delimiter"), cents: rapid.Bool().Draw(t, "cents"),
		mark: rapid.SampledFrom([]string{"D", ""}).Draw(t, "mark"), order: "O-1", batch: rapid.SampledFrom([]string{"B-1", ""}).Draw(t, "batch")}
	w.quotes = w.delimiter != "" && rapid.Bool().Draw(t, "quotes")
	notation := rapid.SampledFrom(notations).Draw(t, "date")
	w.date = notation[1]
	control := []string{"order", "count", "total", "first", "last", "number", "ignore"}
	if w.batch != "" {
		control = append(control, "batch")
	}
	if rapid.Bool().Draw(t, "header") {
		w.header = append([]string{"mark"}, drawSome(t, control...)...)
	}
	if rapid.Bool().Draw(t, "trailer") {
		w.trailer = append([]string{"mark"}, drawSome(t, "count", "total", "number")...)
	}
	for range rapid.IntRange(1, 3).Draw(t, "layouts") {
		columns := append(drawSome(t, "face", "expires", "cost", "count", "number", "ignore"), "serial", "pin")
		if w.batch != "" {
			columns = append(columns, "batch")
		}
		columns = append([]string{"product"}, rapid.Permutation(columns).Draw(t, "order of columns")...)
		if w.mark != "" {
			columns = append([]string{"mark"}, columns...)
		}
		w.layouts = append(w.layouts, columns)
	}
	for i := range rapid.IntRange(1, 4).Draw(t, "products") {
		w.layoutOf = append(w.layoutOf, rapid.IntRange(0, len(w.layouts)-1).Draw(t, "layout"))
		face := rapid.Int64Range(1, 50000).Draw(t, "face")
		w.products = append(w.products, stockmail.Product{Ours: fmt.Sprint("P", i), Theirs: fmt.Sprint("7", i), Face: face, Cost: rapid.Int64Range(0, face).Draw(t, "cost")})
	}
	text := w.agreement(notation[0])
	a, err := stockmail.ParseAgreement([]byte(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return w, a
}

// agreement writes the agreement file.
func (w *writer) agreement(date string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "code = 'X'\nname = 'X'\nvat = 15\nunsigned = true\n[file]\nquotes = %v\n", w.quotes)
	if w.delimiter == "" {
		b.WriteString("fixed = true\n")
	} else {
		fmt.Fprintf(&b, "delimiter = '%s'\n", strings.Replace(w.delimiter, "\t", "tab", 1))
	}
	if w.cents {
		b.WriteString("amounts = 'cents'\n")
	}
	if w.header != nil {
		fmt.Fprintf(&b, "[[file.header]]\ncolumns = [%s]\n", w.columns("H", w.header))
	}
	if w.trailer != nil {
		fmt.Fprintf(&b, "[[file.trailer]]\ncolumns = [%s]\n", w.columns("T", w.trailer))
	}
	for i, l := range w.layouts {
		fmt.Fprintf(&b, "[[layout]]\nname = 'l%d'\ncolumns = [%s]\npin_length = '12,16'\nserial_length = '6-14'\n", i, w.columns(w.mark, l))
		if slices.Contains(l, "expires") {
			fmt.Fprintf(&b, "date = '%s'\nno_expiry = '0'\n", date)
		}
	}
	for i, p := range w.products {
		fmt.Fprintf(&b, "[[product]]\nours = '%s'\ntheirs = '%s'\nface = '%s'\ncost = '%s'\ncurrency = 'ZAR'\ncommission = 5\nlayout = 'l%d'\n",
			p.Ours, p.Theirs, decimals(p.Face), decimals(p.Cost), w.layoutOf[i])
	}
	return b.String()
}

func (w *writer) columns(mark string, names []string) string {
	var columns []string
	from := 1
	for _, name := range names {
		text := name
		if name == "mark" {
			text += " " + mark
		}
		if w.delimiter == "" {
			text = fmt.Sprintf("%s %d-%d", text, from, from+widths[name]-1)
			from += widths[name]
		}
		columns = append(columns, "'"+text+"'")
	}
	return strings.Join(columns, ", ")
}

func decimals(cents int64) string { return fmt.Sprintf("%d.%02d", cents/100, cents%100) }

func (w *writer) amount(cents int64) string {
	if w.cents {
		return fmt.Sprint(cents)
	}
	return decimals(cents)
}

// line writes a line.
func (w *writer) line(names []string, values map[string]string) string {
	var fields []string
	for _, name := range names {
		value := values[name]
		switch {
		case w.delimiter == "":
			value = fmt.Sprintf("%-*s", widths[name], value)
		case w.quotes && len(fields)%2 == 1:
			value = `"` + value + `"`
		}
		fields = append(fields, value)
	}
	return strings.Join(fields, w.delimiter)
}

// fields are what stands in a voucher's line.
func (w *writer) fields(v stockmail.Voucher, n int) map[string]string {
	expires := "0"
	if day, err := time.Parse(time.DateOnly, v.ExpiresOn); err == nil {
		expires = day.Format(w.date)
	}
	return map[string]string{"mark": w.mark, "product": w.products[w.indexOf(v.Product)].Theirs, "face": w.amount(v.Face), "cost": w.amount(v.Cost),
		"serial": v.Serial, "pin": v.PIN.Reveal(), "expires": expires, "batch": w.batch, "count": fmt.Sprint(n), "number": "-1.50", "ignore": "a'b"}
}

func (w *writer) indexOf(ours string) int {
	return slices.IndexFunc(w.products, func(p stockmail.Product) bool { return p.Ours == ours })
}

func (w *writer) columnsOf(ours string) []string { return w.layouts[w.layoutOf[w.indexOf(ours)]] }

// write writes the lines of a file.
func (w *writer) write(vouchers []stockmail.Voucher, totals stockmail.Totals) []string {
	control := map[string]string{"mark": "H", "order": w.order, "batch": w.batch, "count": fmt.Sprint(totals.Count), "total": w.amount(totals.Face),
		"first": totals.FirstSerial, "last": totals.LastSerial, "number": "7", "ignore": "x"}
	var lines []string
	if w.header != nil {
		lines = append(lines, w.line(w.header, control))
	}
	for i, v := range vouchers {
		lines = append(lines, w.line(w.columnsOf(v.Product), w.fields(v, i+1)))
	}
	if w.trailer != nil {
		control["mark"] = "T"
		lines = append(lines, w.line(w.trailer, control))
	}
	return lines
}

// drawVouchers draws what a file holds, and its totals.
func (w *writer) drawVouchers(t *rapid.T) ([]stockmail.Voucher, stockmail.Totals) {
	var vouchers []stockmail.Voucher
	totals := stockmail.Totals{Batch: w.batch, Products: make([]stockmail.ProductTotals, len(w.products))}
	if slices.Contains(w.header, "order") {
		totals.Order = w.order
	}
	start := rapid.IntRange(100000, 99999900).Draw(t, "start")
	above := 0
	if w.header != nil {
		above = 1
	}
	for i := range rapid.IntRange(1, 12).Draw(t, "vouchers") {
		n := rapid.IntRange(0, len(w.products)-1).Draw(t, "product")
		p := w.products[n]
		v := stockmail.Voucher{Line: i + 1 + above, Product: p.Ours, Serial: fmt.Sprint(start + i), Face: p.Face, Cost: p.Cost, Currency: "ZAR", Batch: w.batch,
			PIN: xmlvend.Secret(fmt.Sprintf("%012d%s", start*7+i, rapid.SampledFrom([]string{"", "0000"}).Draw(t, "longer")))}
		if slices.Contains(w.columnsOf(p.Ours), "expires") && rapid.Bool().Draw(t, "expires") {
			day := today.AddDate(0, 2, rapid.IntRange(0, 9000).Draw(t, "days"))
			if !strings.Contains(w.date, "02") {
				day = time.Date(day.Year(), day.Month()+1, 0, 0, 0, 0, 0, time.UTC)
			}
			v.ExpiresOn = day.Format(time.DateOnly)
		}
		vouchers = append(vouchers, v)
		s := &totals.Products[n]
		s.Product, s.Currency, s.Count, s.Face, s.Cost = p.Ours, "ZAR", s.Count+1, s.Face+p.Face, s.Cost+p.Cost
		totals.Count, totals.Face, totals.Cost = totals.Count+1, totals.Face+p.Face, totals.Cost+p.Cost
	}
	totals.FirstSerial, totals.LastSerial = vouchers[0].Serial, vouchers[len(vouchers)-1].Serial
	totals.Products = slices.DeleteFunc(totals.Products, func(p stockmail.ProductTotals) bool { return p.Count == 0 })
	return vouchers, totals
}

// byWord wants PINs to be equal too, which print alike.
var byWord = cmp.Comparer(func(a, b xmlvend.Secret) bool { return a.Reveal() == b.Reveal() })

func TestWhatIsWrittenToALayoutIsReadBackTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, a := drawWriter(t)
		want, wantTotals := w.drawVouchers(t)
		text := strings.Join(w.write(want, wantTotals), rapid.SampledFrom([]string{"\n", "\r\n"}).Draw(t, "break")) + "\n"
		got, totals, err := read(a, text)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if diff := cmp.Diff(want, got, byWord); diff != "" {
			t.Fatal(diff)
		}
		if diff := cmp.Diff(wantTotals, totals); diff != "" {
			t.Fatal(diff)
		}
		if got, _, err := read(parseCanonical(t, a), text); err != nil || !cmp.Equal(want, got, byWord) {
			t.Fatalf("by the canonical agreement: %v", err)
		}
	})
}

func parseCanonical(t *rapid.T, a stockmail.Agreement) stockmail.Agreement {
	again, err := stockmail.ParseAgreement(a.Canonical())
	if err != nil {
		t.Fatal(err)
	}
	return again
}

// corruptions are ways to spoil the fields of a voucher's line; false if there is nothing
// to spoil.
var corruptions = map[string]func(w *writer, fields, earlier map[string]string, columns []string) bool{
	"product": func(_ *writer, f, _ map[string]string, _ []string) bool { f["product"] = "ZZ"; return true },
	"PIN":     func(_ *writer, f, _ map[string]string, _ []string) bool { f["pin"] = "X" + f["pin"][1:]; return true },
	"short PIN": func(_ *writer, f, _ map[string]string, _ []string) bool {
		f["pin"] = f["pin"][:len(f["pin"])-1]
		return true
	},
	"serial": func(_ *writer, f, _ map[string]string, _ []string) bool {
		f["serial"] = "X" + f["serial"][1:]
		return true
	},
	"face": func(_ *writer, f, _ map[string]string, columns []string) bool {
		f["face"] = "777.77"
		return slices.Contains(columns, "face")
	},
	"cost": func(_ *writer, f, _ map[string]string, columns []string) bool {
		f["cost"] = "777.77"
		return slices.Contains(columns, "cost")
	},
	"expiry": func(_ *writer, f, _ map[string]string, columns []string) bool {
		f["expires"] = "1"
		return slices.Contains(columns, "expires")
	},
	"count": func(_ *writer, f, _ map[string]string, columns []string) bool {
		f["count"] += "0"
		return slices.Contains(columns, "count")
	},
	"number": func(_ *writer, f, _ map[string]string, columns []string) bool {
		f["number"] = "1-1"
		return slices.Contains(columns, "number")
	},
	"batch": func(w *writer, f, earlier map[string]string, columns []string) bool {
		f["batch"] = "B-2"
		return slices.Contains(columns, "batch") && (earlier != nil || slices.Contains(w.header, "batch"))
	},
	"serial again": func(_ *writer, f, earlier map[string]string, _ []string) bool {
		f["serial"] = earlier["serial"]
		return earlier != nil
	},
	"PIN again": func(_ *writer, f, earlier map[string]string, _ []string) bool {
		f["pin"] = earlier["pin"]
		return earlier != nil
	},
	"mark": func(_ *writer, f, _ map[string]string, columns []string) bool {
		f["mark"] = "Z"
		return slices.Contains(columns, "mark")
	},
}

// damages are ways to spoil a whole line.
var damages = map[string]func(w *writer, line string) string{
	"NUL":           func(_ *writer, line string) string { return line + "\x00" },
	"encoding":      func(_ *writer, line string) string { return line[:len(line)/2] + "\xff" + line[len(line)/2:] },
	"another field": func(w *writer, line string) string { return line + w.delimiter + "1" },
	"cut": func(w *writer, line string) string {
		if w.delimiter == "" {
			return line[:len(line)-1]
		}
		return line[:strings.LastIndex(line, w.delimiter)]
	},
	"empty":    func(*writer, string) string { return "" },
	"too long": func(_ *writer, line string) string { return line + strings.Repeat("9", stockmail.MaxLine) },
	"break":    func(_ *writer, line string) string { return line + "\r" + line },
}

func TestOneBadLineRefusesTheFileByItsNumber(t *testing.T) {
	damaged := make([]string, 0)
	for name := range damages {
		damaged = append(damaged, name)
	}
	for name := range corruptions {
		damaged = append(damaged, name)
	}
	slices.Sort(damaged)
	rapid.Check(t, func(t *rapid.T) {
		w, a := drawWriter(t)
		vouchers, totals := w.drawVouchers(t)
		lines := w.write(vouchers, totals)
		name := rapid.SampledFrom(damaged).Draw(t, "damage")
		i := rapid.IntRange(0, len(vouchers)-1).Draw(t, "voucher")
		at := vouchers[i].Line - 1
		if spoil, ok := damages[name]; ok {
			if rapid.Bool().Draw(t, "any line") {
				at = rapid.IntRange(0, len(lines)-1).Draw(t, "line")
			}
			if name == "empty" && at == len(lines)-1 || name == "cut" && w.delimiter != "" && !strings.Contains(lines[at], w.delimiter) {
				return
			}
			lines[at] = spoil(w, lines[at])
		} else {
			var earlier map[string]string
			if i > 0 {
				earlier = w.fields(vouchers[i-1], i)
			}
			fields, columns := w.fields(vouchers[i], i+1), w.columnsOf(vouchers[i].Product)
			if !corruptions[name](w, fields, earlier, columns) {
				return
			}
			lines[at] = w.line(columns, fields)
		}
		_, _, err := read(a, strings.Join(lines, "\n")+"\n")
		refused, ok := errors.AsType[*stockmail.LineError](err)
		if !ok || refused.Line != at+1 {
			t.Fatalf("%s in line %d: %v\n%q", name, at+1, err, lines)
		}
		for _, v := range vouchers {
			if strings.Contains(err.Error(), v.PIN.Reveal()) {
				t.Fatalf("a PIN in: %v", err)
			}
		}
	})
}
