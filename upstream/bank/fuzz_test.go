package bank_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/vendswitch/vendswitch/upstream/bank"
)

// sane checks what holds of any reading.
func sane(t *testing.T, r *bank.Reader, reading bank.Reading) {
	t.Helper()
	if reading.Verdict == "" || len(reading.Notifications) == 0 {
		t.Fatalf("no verdict, or nothing to keep: %+v", reading)
	}
	for _, n := range reading.Notifications {
		if n.Amount < 0 || n.Reference != "" && n.Kind != bank.Deposit {
			t.Fatalf("%+v", n)
		}
		if n.Verdict == bank.Believed && (n.Kind != bank.Deposit || n.Amount == 0 || n.Currency == "") {
			t.Fatalf("believed: %+v", n)
		}
		if _, err := json.Marshal(n); err != nil {
			t.Fatal(err)
		}
		r.Candidates(n.Reference)
	}
}

// payersTexts are what has been tried in a reference.
var payersTexts = []string{
	"M100234", "", "x. 14Nov 09:12", "FNB:-) R90000.00 paid to Business a/c..482913 @ Eft. Ref.M100234", "• " + paid, "\n" + paid, "; Avail R1.00; 1-Jan",
	"R9,000.00, Available R1.00. Help", "Acl bal R1.00 2026-01-01 Query?", "<br>• " + paid, "= R1", "\x00\xff", "Please do NOT reply", "t/fer from a..1234 to b..482913",
}

// FuzzText reads any SMS.
func FuzzText(f *testing.F) {
	for _, file := range samples(f) {
		if strings.HasSuffix(file, ".txt") {
			f.Add(string(sample(f, file).Raw))
		}
	}
	r := reader(f, policy(f))
	f.Fuzz(func(t *testing.T, text string) { sane(t, r, r.Read(sms(text))) })
}

// moneyOut are messages about money that did not come in, around what a payer or a
// payee typed.
var moneyOut = []string{
	"FNB :-) R4431.70 paid from Business a/c..482913 @ Eft. Avail R15000. Ref.%. 29Oct 00:00",
	"FNB:-) R300.00 withdrawn from Business a/c..482913 using card..7731 @ %. Avail R15000. 23Nov 08:26",
	"FNB:-) R849.90 reserved for purchase @ % from Business a/c..482913 using card..7731. Avail R15000. 13Nov 12:01",
	"FNB :-) REVERSAL of R1133.20 for % from Business a/c..482913 using card..7731. 21Nov 11:56",
	"FNB:-) R5000.00 t/fer from Business a/c..482913 to Savings a/c..771204 @ Smartapp. Avail R15000. Ref.%. 12Nov 10:10",
	"Standard Bank: Debit Order R5212.94 %;  from Acc.6025. 2026-11-02 Query?0860000000",
	"Standard Bank: R300.00 paid from Acc. 6025 to %. Avl bal R100.00 2026-11-14 Query? 0860000000",
	"Absa: CHEQ6485, Pmnt, 18/11/26 SETTLEMENT/C - IBANK PAYMENT TO, %, R-450.00, Available R9,176.54. Help 0860000000; SPAZAGR001",
	"Absa: CHEQ6485, Returned, 16/11/26 SETTLEMENT/C - UNPAID DEBIT, %, R835.00, Available R27,123.27. Help 0860000000; SPAZAGR001",
	"Nedbank: ATM Cash withdrawal of R150.00 from acc **9912 @ BANK. Avail bal R10000.00 at 20:01 on 15Nov26. Reg: %",
	"Capitec: Money Out -R857.00 from SAVINGS ACCOUNT; Ref %; Avail R10.00; 29-Oct. Call 0860000000",
}

// FuzzMoneyOut puts any text where a payer's or payee's stands in a message about
// money out: it never gets a deposit, by SMS or, in FNB's case with the message as
// its subject, by mail.
func FuzzMoneyOut(f *testing.F) {
	for i := range moneyOut {
		for _, text := range payersTexts {
			f.Add(uint8(i), text)
		}
	}
	r := reader(f, policy(f))
	f.Fuzz(func(t *testing.T, shape uint8, payer string) {
		text := strings.Replace(moneyOut[int(shape)%len(moneyOut)], "%", payer, 1)
		reading := r.Read(sms(text))
		sane(t, r, reading)
		if len(reading.Deposits()) > 0 {
			t.Fatalf("%q is a deposit: %s", text, told(reading.Deposits()[0]))
		}
		if !strings.HasPrefix(text, "FNB") || !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r >= 0x7f && r <= 0x9f || r == 0x2028 || r == 0x2029 }) {
			return // a mail's line holds no line
		}
		reading = r.Read(envelope{subject: text, body: "Dear valued customer\n• " + text + "\nPlease do NOT reply\n"}.mail())
		sane(t, r, reading)
		if len(reading.Deposits()) > 0 {
			t.Fatalf("%q by mail is a deposit: %s", text, told(reading.Deposits()[0]))
		}
	})
}

// FuzzReference puts any text where a payer types: the amount stays the bank's.
func FuzzReference(f *testing.F) {
	for _, text := range payersTexts {
		f.Add(text)
	}
	r := reader(f, policy(f))
	f.Fuzz(func(t *testing.T, payer string) {
		for _, text := range []string{
			"FNB:-) R10.00 paid to Business a/c..482913 @ Eft. Ref.%. 14Nov 09:40",
			"Standard Bank: R10.00 paid to Acc. 6025 from %. Acl bal R48211.35 2026-11-14 Query? 0860000000",
			"Absa: CHEQ6485, Dep, 14/11/26 SETTLEMENT/C - IBANK PAYMENT FROM, %, R10.00, Available R12,000.00. Help 0860000000; SPAZAGR001",
			"Nedbank: Electronic Banking EFT deposit of R10.00 into acc **9912 Avail bal R61002.13 at 20:01 on 01May17. Reg: %",
			"Capitec: Money In R10.00 to SAVINGS ACCOUNT; Ref %; Avail R1010.00; 14-Nov. Call 0860000000",
		} {
			reading := r.Read(sms(strings.Replace(text, "%", payer, 1)))
			sane(t, r, reading)
			for _, n := range reading.Notifications {
				if n.Amount != 1000 || len(reading.Notifications) != 1 {
					t.Fatalf("%q in %q is read as %s", payer, text, told(n))
				}
			}
		}
	})
}

// FuzzMail reads any mail.
func FuzzMail(f *testing.F) {
	for _, file := range samples(f) {
		if strings.HasSuffix(file, ".eml") {
			f.Add(string(sample(f, file).Raw))
		}
	}
	f.Add(string(envelope{kind: "multipart/mixed; boundary=A", body: "--A\nContent-Type: text/html\n\n<p>" + paid + "</p>\n--A--\n"}.mail().Raw))
	r := reader(f, policy(f))
	f.Fuzz(func(t *testing.T, raw string) {
		reading := r.Read(bank.Message{Channel: bank.Mail, Raw: []byte(raw)})
		sane(t, r, reading)
		if !strings.Contains(strings.ToLower(raw), server) && len(reading.Deposits()) > 0 {
			t.Fatalf("believed without the operator's server: %+v", reading)
		}
	})
}

// FuzzAuthenticationResults puts any field below one by which DMARC failed, and
// judges any field alone.
func FuzzAuthenticationResults(f *testing.F) {
	for _, text := range []string{
		server + "; dmarc=pass header.from=fnb.co.za", server + " 1; none", "(" + server + ")", `"` + server + `"; dmarc="pass"`, ";=;=", server + "; dmarc=pass (", "a; b=c d.e=f",
	} {
		f.Add(text)
	}
	r := reader(f, policy(f))
	f.Fuzz(func(t *testing.T, field string) {
		field = strings.Map(func(r rune) rune {
			if r == '\r' || r == '\n' {
				return ' '
			}
			return r
		}, field)
		own := "Authentication-Results: " + server + "; dmarc=fail header.from=fnb.co.za"
		for _, results := range []string{own + "\nAuthentication-Results: " + field, "Authentication-Results: " + field + "\n" + own} {
			if reading := r.Read(envelope{results: results, body: paid}.mail()); len(reading.Deposits()) > 0 {
				t.Fatalf("%q is believed over the server's own", field)
			}
		}
		sane(t, r, r.Read(envelope{results: "Authentication-Results: " + field, body: paid}.mail()))
	})
}
