package stockmail_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/vendswitch/vendswitch/upstream/stockmail"
)

func TestLineBreaksAndAByteOrderMarkMakeNoDifference(t *testing.T) {
	for _, name := range []string{"kestrel", "protea", "baobab", "heron", "umtata"} {
		a, text := parse(t, supplier(t, name)), sample(t, name)
		want, wantTotals, err := read(a, text)
		if err != nil {
			t.Fatal(err)
		}
		crlf := strings.ReplaceAll(text, "\n", "\r\n")
		for what, text := range map[string]string{
			"CRLF": crlf, "BOM": "\ufeff" + text, "BOM and CRLF": "\ufeff" + crlf, "no last line break": strings.TrimSuffix(text, "\n"),
			"empty lines at the end": text + "\r\n\n",
		} {
			got, totals, err := read(a, text)
			if err != nil || !cmp.Equal(got, want) || !cmp.Equal(totals, wantTotals) {
				t.Errorf("%s with %s: %v", name, what, err)
			}
		}
		slow := stockmail.Read(a, iotest.OneByteReader(strings.NewReader(text)), stockmail.Options{Today: today})
		if got, _, err := all(slow); err != nil || !cmp.Equal(got, want) {
			t.Errorf("%s byte by byte: %v", name, err)
		}
	}
}

func TestALastLineThatMayHaveBeenCutIsRefused(t *testing.T) {
	const says = "has no line break, and may have been cut short"
	kestrel, heron := parse(t, supplier(t, "kestrel")), parse(t, supplier(t, "heron"))
	_, _, err := read(kestrel, strings.TrimSuffix("D|101|10.00|0|10|31/12/2028|B4471|9000100001|7001000100020001\n", "0001\n"))
	checkRefusal(t, "a PIN of 12 of 16 digits", err, "line 1: "+says)
	longer := parse(t, replace(t, supplier(t, "kestrel"), "serial_length  = \"10\"", "serial_length  = \"8,10,12\""))
	_, _, err = read(longer, "D|301|100.00|0|100|31/01/2030|B4471|PLAYAB12CD34EF56|9000300001")
	checkRefusal(t, "a serial that may have more digits", err, "line 1: "+says)
	_, _, err = read(kestrel, "D|101|10.00|0|10|31/12/2028|B4471|9000100001|7001000100020001")
	checkRefusal(t, "a PIN as long as any", err, "")
	_, _, err = read(heron, strings.TrimSuffix(replace(t, sample(t, "heron"), "03,50", "03,5"), "\n"))
	checkRefusal(t, "a code that begins another", err, "line 10: "+says)
}

func TestTheStreamsOwnErrorIsToldAsSuch(t *testing.T) {
	bad := errors.New("signature is wrong")
	a, text := parse(t, supplier(t, "baobab")), sample(t, "baobab")
	for what, cause := range map[string]error{"an error": bad, "an end that is none": fmt.Errorf("packet: %w", io.EOF), "half a packet": io.ErrUnexpectedEOF} {
		for n := 0; n <= len(text); n++ {
			f := stockmail.Read(a, io.MultiReader(strings.NewReader(text[:n]), iotest.ErrReader(cause)), stockmail.Options{Today: today})
			vouchers, _, err := all(f)
			if !errors.Is(err, cause) {
				t.Fatalf("%s after %d bytes: %v", what, n, err)
			}
			if _, ok := errors.AsType[*stockmail.LineError](err); ok {
				t.Fatalf("%s after %d bytes is the line's: %v", what, n, err)
			}
			if whole := strings.Count(text[:n], "\nD|") - 1; len(vouchers) > max(whole, 0)+1 {
				t.Fatalf("%s after %d bytes: %d vouchers", what, n, len(vouchers))
			}
		}
	}
}

func TestAFileCutAnywhereIsRefused(t *testing.T) {
	for _, name := range []string{"baobab", "umtata", "heron"} {
		a, text := parse(t, supplier(t, name)), strings.TrimSuffix(sample(t, name), "\n")
		end := len(text)
		if name == "baobab" {
			end = strings.LastIndex(text, "B|") + 3 // the balance is not looked at
		}
		for n := range end {
			if vouchers, _, err := read(a, text[:n]); err == nil {
				t.Fatalf("%s cut after %d bytes is read: %d vouchers", name, n, len(vouchers))
			}
		}
	}
}

func TestNothingIsReadWithoutAnAgreementOrADay(t *testing.T) {
	in := func() io.Reader { return strings.NewReader(sample(t, "kestrel")) }
	for what, f := range map[string]*stockmail.File{
		"no agreement": stockmail.Read(stockmail.Agreement{}, in(), stockmail.Options{Today: today}),
		"no day":       stockmail.Read(parse(t, supplier(t, "kestrel")), in(), stockmail.Options{}),
		"no currency":  stockmail.ReadPlain(nil, strings.NewReader(plainFile), stockmail.Options{Today: today}),
	} {
		if vouchers, _, err := all(f); err == nil || len(vouchers) > 0 {
			t.Errorf("%s: %d vouchers", what, len(vouchers))
		}
	}
}

func TestAnErrorStays(t *testing.T) {
	f := stockmail.Read(parse(t, supplier(t, "kestrel")), strings.NewReader("x\n"+sample(t, "kestrel")), stockmail.Options{Today: today})
	for range 2 {
		vouchers, _, err := all(f)
		if err == nil || len(vouchers) > 0 {
			t.Errorf("%d vouchers: %v", len(vouchers), err)
		}
	}
}

func TestTheCallerMayNameTheBatch(t *testing.T) {
	a := parse(t, supplier(t, "kestrel"))
	for _, name := range []string{"", "B4471"} {
		vouchers, totals, err := all(stockmail.Read(a, strings.NewReader(sample(t, "kestrel")), stockmail.Options{Today: today, Batch: name}))
		if err != nil || vouchers[0].Batch != "B4471" || totals.Batch != "B4471" {
			t.Errorf("%q: %+v %+v %v", name, vouchers, totals, err)
		}
	}
	text := replace(t, sample(t, "kestrel"), "30/06/2029|B4471", "30/06/2029|B4472")
	_, _, err := all(stockmail.Read(a, strings.NewReader(text), stockmail.Options{Today: today, Batch: "B4471"}))
	checkRefusal(t, "two batches", err, "line 4: batch is not that of the lines above")
}

func TestAFileThatIsGivenOutAsAnotherBatchIsRefused(t *testing.T) {
	for name, says := range map[string]string{
		"kestrel": "line 2: batch is not OURS", // where columns are exchanged, a PIN would stand there
		"heron":   "line 2: Batch name: the file says HM-0042, and not OURS",
	} {
		vouchers, _, err := all(stockmail.Read(parse(t, supplier(t, name)), strings.NewReader(sample(t, name)), stockmail.Options{Today: today, Batch: "OURS"}))
		if err == nil || !strings.Contains(err.Error(), says) || len(vouchers) > 0 {
			t.Errorf("%s: %d vouchers, %v", name, len(vouchers), err)
		}
	}
}

func TestAnAgreementMayAllowManyBatches(t *testing.T) {
	a := parse(t, replace(t, supplier(t, "kestrel"), `delimiter = "|"`, "delimiter = \"|\"\nmany_batches = true"))
	vouchers, totals, err := read(a, replace(t, sample(t, "kestrel"), "30/06/2029|B4471", "30/06/2029|B4472"))
	if err != nil || vouchers[1].Batch != "B4471" || vouchers[2].Batch != "B4472" || totals.Batch != "" {
		t.Errorf("%+v %+v %v", vouchers, totals, err)
	}
}

func TestAPINIsNeverPrinted(t *testing.T) {
	f := stockmail.Read(parse(t, supplier(t, "baobab")), strings.NewReader(sample(t, "baobab")), stockmail.Options{Today: today})
	vouchers, _, err := all(f)
	if err != nil {
		t.Fatal(err)
	}
	v := vouchers[0]
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("voucher", "file", f, "v", v, "pin", v.PIN)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&log, verb, v)
		fmt.Fprintf(&log, verb, vouchers)
		fmt.Fprintf(&log, verb, &v)
		fmt.Fprintf(&log, verb, f)
	}
	if body, err := json.Marshal(v); err == nil {
		log.Write(body)
	}
	if strings.Contains(log.String(), v.PIN.Reveal()) || strings.Contains(log.String(), "373032303030") || strings.Contains(log.String(), "55 48 50 48") || !strings.Contains(log.String(), "[redacted]") {
		t.Error(log.String())
	}
}
