package reference

import (
	"time"

	"github.com/vendswitch/vendswitch/conformance/sim/sts"
	"github.com/vendswitch/vendswitch/conformance/sim/utility"
)

// Script is how the server behaves towards a meter, and what a client is to make
// of it.
type Script struct {
	Name    string // such as "sold-no-answer"
	Meter   string // 11 digits with a check digit
	Does    string // what the server does
	Expects string // what a client must do
	fault   *utility.Fault
}

// How long the scripts wait that do.
const (
	slowly   = 10 * time.Second
	tooLate  = 150 * time.Second // longer than any client was seen to wait
	meantime = 20 * time.Second
)

// scripted are the scripts of this package, in the order of their meters.
var scripted = []Script{
	{"sold-no-answer", "", "a vend is sold, and the connection closed without an answer", "ask for the last response under a new message id, and print the token that it brings; never vend again", fault(utility.DropAfter)},
	{"not-sold-no-answer", "", "a vend is not processed, and the connection closed; the last response is LastResponseEx", "ask for the last response; only then is it free to vend anew, under a new message id", fault(utility.DropBefore)},
	{"answers-in-10s", "", "a vend is sold and answered after 10 seconds", "wait, or time out and ask for the last response", waits(utility.Late, slowly)},
	{"processes-in-10s", "", "a vend waits for 10 seconds, is sold then, and answered", "wait, or time out and ask for the last response until it is known", waits(utility.Slow, slowly)},
	{"answers-too-late", "", "a vend is sold at once and answered after 150 seconds", "time out, and ask for the last response", waits(utility.Late, tooLate)},
	{"being-processed", "", `a vend is sold, and answered with SystemEx "being processed"`, "ask for the last response: a SystemEx does not say that nothing was sold", fault(utility.BeingProcessed)},
	{"processed-later", "", "the connection is closed; for 20 seconds a last response is IndeterminantLastResponseEx, then the sale", "ask for the last response until it is known", waits(utility.IssueDelayed, meantime)},
	{"denied-then-sold", "", "the connection is closed; for 20 seconds a last response is LastResponseEx, yet then the vend is sold", "nothing that can be held against a client; a careful one asks again later", waits(utility.NotFoundFirst, meantime)},
	{"answers-twice", "", "a vend is sold, and the whole HTTP response sent twice", "take the first answer, and nothing more from this connection", fault(utility.Duplicate)},
	{"answer-doubled", "", "a vend is sold; the body of the response holds the answer twice over", "take it for unreadable, and ask for the last response", fault(utility.Doubled)},
	{"garbage", "", "a vend is sold, and answered with noise", "ask for the last response", fault(utility.Garbage)},
	{"bad-gateway", "", "a vend is sold, and answered with 502 and a page of HTML", "ask for the last response", fault(utility.BadGateway)},
	{"other-meter", "", "a vend is sold, and the answer shows another meter's number", "not print the token; ask for the last response", fault(utility.WrongMeter)},
	{"other-amount", "", "a vend is sold, and the answer shows R1 more", "notice, and ask for the last response", fault(utility.WrongAmount)},
	{"fault-without-header", "", "a vend is refused with a SystemEx that has no header", "show the fault, and ask for the last response", fault(utility.Headless)},
	{"system-fault", "", "a vend is refused with SystemEx and not processed", "show the fault, and ask for the last response; LastResponseEx says that it may vend again", fault(utility.System)},
	{"no-vendor-credit", "", "a vend is refused with VendorCreditEx", "show the fault; nothing was sold", fault(utility.NoVendorCredit)},
}

func fault(kind utility.FaultKind) *utility.Fault {
	return &utility.Fault{Kind: kind, Operation: utility.Vend}
}

func waits(kind utility.FaultKind, d time.Duration) *utility.Fault {
	f := fault(kind)
	f.Delay = utility.Duration(d)
	return f
}

// ordinary are the meters of the default town, without a script of ours.
var ordinary = []struct {
	kind          utility.Kind
	does, expects string
}{
	{utility.Good, "sells", "print the token"},
	{utility.Blocked, "is refused with BlockedMeterEx", "show the fault; nothing was sold"},
	{utility.Unknown, "is refused with UnknownMeterEx", "show the fault; nothing was sold"},
	{utility.WrongCheckDigit, "is refused with MSNOCheckDigitEx", "better not send it at all: the check digit is wrong"},
	{utility.Debt, "sells, and a quarter goes to arrears", "print all transactions of the receipt"},
	{utility.FreeBasic, "the first vend of a month brings a free token too", "print both tokens"},
	{utility.KeyChange, "the first vend of a month brings key change tokens too", "print them first"},
	{utility.KeyExpired, "is refused with LatestKRNEx", "have the meter's key updated"},
	{utility.ServiceCharge, "the first vend of a month pays a service charge", "print all transactions of the receipt"},
}

// Scripts returns the table of meters: those of the default town first.
func Scripts() []Script {
	numbers := utility.Numbers()
	var all []Script
	for _, o := range ordinary {
		all = append(all, Script{Name: string(o.kind), Meter: numbers[o.kind], Does: o.does, Expects: o.expects})
	}
	for i, s := range scripted {
		s.Meter = number(i + 1)
		all = append(all, s)
	}
	return all
}

// number is the meter number of the n-th script: 0100010, n in three digits, and
// the check digit.
func number(n int) string {
	digits := []byte("0100010000")
	for at := len(digits) - 1; n > 0; at, n = at-1, n/10 {
		digits[at] += byte(n % 10)
	}
	check, _ := sts.LuhnDigit(string(digits)) // they are digits
	return string(append(digits, check))
}

// town is the default town with the meters of the scripts.
func town() []utility.Meter {
	meters := utility.Town()
	model := meters[0] // a good one
	for i := range scripted {
		meter := model
		meter.Number = number(i + 1)
		meters = append(meters, meter)
	}
	return meters
}

func faults() []utility.Fault {
	var list []utility.Fault
	for i, s := range scripted {
		f := *s.fault
		f.Meter = number(i + 1)
		list = append(list, f)
	}
	return list
}
