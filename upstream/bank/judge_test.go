package bank_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/vendswitch/vendswitch/upstream/bank"
)

const paid = "FNB:-) R200.00 paid to Business a/c..482913 @ Eft. Ref.M100301. 14Nov 10:01"

// ar is an Authentication-Results field that says a thing of the bank's domain.
func ar(server, results string) string { return "Authentication-Results: " + server + "; " + results }

func TestAMailIsBelievedWhereTheOperatorsOwnServerSaysSo(t *testing.T) {
	r := reader(t, policy(t))
	const pass = "dmarc=pass header.from=fnb.co.za"
	for _, tc := range []struct {
		what string
		mail envelope
		want bank.Verdict
	}{
		{"DMARC passed", envelope{results: ar(server, "spf=pass smtp.mailfrom=x@fnb.co.za; "+pass)}, bank.Believed},
		{"DMARC passed, with comments, a version and a reason", envelope{results: ar(server+" (main (first) \\) server) 1", "\n\tdkim=none; dmarc /* */ = pass reason=x")}, bank.Quarantine},
		{"DMARC passed, written out", envelope{results: ar("\""+server+"\" 1", "spf=pass (ok; dmarc=fail) smtp.mailfrom=x;\n\tdmarc/1 = pass (p=reject; \"dis=none\") reason=\"good; dmarc=fail\" header.from = FNB.co.za.")}, bank.Believed},
		{"the address in capitals", envelope{from: "INCONTACT@FNB.CO.ZA"}, bank.Believed},
		{"an address with a name", envelope{from: `=?utf-8?Q?FNB_in=C3=A9?= <inContact@fnb.co.za>`}, bank.Believed},
		{"DMARC failed", envelope{results: ar(server, "dkim=pass header.d=fnb.co.za; dmarc=fail header.from=fnb.co.za")}, bank.Quarantine},
		{"DMARC has no policy", envelope{results: ar(server, "dkim=pass header.d=fnb.co.za; spf=pass; dmarc=none header.from=fnb.co.za")}, bank.Quarantine},
		{"DKIM and SPF, but not DMARC", envelope{results: ar(server, "dkim=pass header.d=fnb.co.za; spf=pass smtp.mailfrom=x@fnb.co.za")}, bank.Quarantine},
		{"of another domain", envelope{results: ar(server, "dmarc=pass header.from=mailer.example")}, bank.Quarantine},
		{"of a domain that only begins so", envelope{results: ar(server, "dmarc=pass header.from=fnb.co.za.mailer.example")}, bank.Quarantine},
		{"of no domain", envelope{results: ar(server, "dmarc=pass")}, bank.Quarantine},
		{"of another server", envelope{results: ar("mx.mailer.example", pass)}, bank.Quarantine},
		{"of a server whose name begins so", envelope{results: ar(server+".mailer.example", pass)}, bank.Quarantine},
		{"none", envelope{results: "-"}, bank.Quarantine},
		{"forged, below the first Received", envelope{results: "-", head: ar(server, pass) + "\n"}, bank.Quarantine},
		{"forged, below the server's own", envelope{results: ar(server, "dmarc=fail header.from=fnb.co.za"), head: ar(server, pass) + "\n"}, bank.Quarantine},
		{"two that do not agree", envelope{results: ar(server, pass) + "\n" + ar(server, "dmarc=fail header.from=fnb.co.za")}, bank.Quarantine},
		{"two results in one that do not agree", envelope{results: ar(server, pass+"; dmarc=fail header.from=fnb.co.za")}, bank.Quarantine},
		{"pass in a comment", envelope{results: ar(server, "dmarc=fail (dmarc=pass) header.from=fnb.co.za")}, bank.Quarantine},
		{"pass in a quoted string", envelope{results: ar(server, `spf=fail reason="; dmarc=pass header.from=fnb.co.za"`)}, bank.Quarantine},
		{"with a quote that does not end", envelope{results: ar(server, `dmarc=pass header.from=fnb.co.za" <noreply`)}, bank.Quarantine},
		{"a look-alike domain that passes", envelope{from: "inContact@fnb-co.za", results: ar(server, "dmarc=pass header.from=fnb-co.za")}, bank.Reject},
		{"a subdomain", envelope{from: "inContact@mail.fnb.co.za"}, bank.Reject},
		{"another address of the bank's", envelope{from: "someone@fnb.co.za"}, bank.Reject},
		{"the address is only the name", envelope{from: `"inContact@fnb.co.za" <noreply@mailer.example>`}, bank.Reject},
		{"two addresses", envelope{from: "inContact@fnb.co.za, thandi@merchant.example", results: ar(server, pass)}, bank.Reject},
		{"two From fields", envelope{results: ar(server, pass), head: "From: thandi@merchant.example\n"}, bank.Reject},
		{"no address", envelope{from: "inContact", results: ar(server, pass)}, bank.Reject},
		{"a group", envelope{from: "bank: inContact@fnb.co.za, x@fnb.co.za;", results: ar(server, pass)}, bank.Reject},
		{"forwarded by its subject", envelope{subject: "FW: " + paid}, bank.Reject},
		{"forwarded by its text", envelope{body: "---------- Forwarded message ----------\nFrom: inContact@fnb.co.za\n\n• " + paid}, bank.Reject},
		{"forwarded as a part", envelope{kind: "multipart/mixed; boundary=A", body: "--A\nContent-Type: text/plain\n\n" + paid + "\n--A\nContent-Type: message/rfc822\n\nFrom: inContact@fnb.co.za\n\n" + paid + "\n--A--\n"}, bank.Reject},
		{"sent on", envelope{head: "Resent-From: thandi@merchant.example\n"}, bank.Reject},
		{"an answer that quotes", envelope{head: "In-Reply-To: <1@merchant.example>\n"}, bank.Reject},
		{"an automatic answer", envelope{head: "Auto-Submitted: auto-replied\n"}, bank.Reject},
		{"an answer by its subject", envelope{subject: "Re: " + paid}, bank.Reject},
	} {
		if tc.mail.body == "" {
			tc.mail.body = "• " + paid + "\n"
		}
		reading := r.Read(tc.mail.mail())
		if reading.Verdict != tc.want {
			t.Errorf("%s: the verdict is %s (%s), not %s", tc.what, reading.Verdict, reading.Reason, tc.want)
		}
		if believed := len(reading.Deposits()) > 0; believed != (tc.want == bank.Believed) {
			t.Errorf("%s: credited: %v", tc.what, believed)
		}
		if tc.want != bank.Believed && reading.Reason == "" {
			t.Errorf("%s: no reason is given", tc.what)
		}
	}
}

func TestWhatAPayerTypedIntoAProofOfPaymentIsNoDeposit(t *testing.T) {
	// The bank sends it, so DMARC passes; the reference stands in a paragraph of its own.
	mail := envelope{subject: "Payment notification from T SPAZA", kind: "text/html", body: "<p>Payment Notification</p><table><tr><td><p>Payer</p></td><td><p>T SPAZA</p></td></tr>" +
		"<tr><td><p>Reference</p></td><td><p>" + paid + "</p></td></tr><tr><td><p>Amount</p></td><td><p>R1.00</p></td></tr></table>"}
	reading := reader(t, policy(t)).Read(mail.mail())
	if len(reading.Deposits()) != 0 || reading.Verdict == bank.Believed {
		t.Errorf("%s: %+v", reading.Verdict, reading.Notifications)
	}
}

func TestAMailThatNoServerHadInHandIsNotBelieved(t *testing.T) {
	raw := ar(server, "dmarc=pass header.from=fnb.co.za") + "\nFrom: inContact@fnb.co.za\nSubject: x\n\n" + paid
	if reading := reader(t, policy(t)).Read(bank.Message{Channel: bank.Mail, Raw: []byte(raw)}); reading.Verdict != bank.Quarantine {
		t.Errorf("%s: %s", reading.Verdict, reading.Reason)
	}
}

func TestAMailSaysWhichBankItIsFromByItsAddress(t *testing.T) {
	// Another bank's wording from a bank's address is not that bank's message.
	reading := reader(t, policy(t)).Read(envelope{from: "noreply@nedbank.co.za", body: paid}.mail())
	if reading.Verdict != bank.Unparsed || reading.Bank != "Nedbank" {
		t.Errorf("%s of %s: %s", reading.Verdict, reading.Bank, reading.Reason)
	}
}

func TestAnSMSIsBelievedFromTheSenderIDOfItsBankOnly(t *testing.T) {
	p := policy(t)
	p.AnySMSSender = false
	r := reader(t, p)
	for sender, want := range map[string]bank.Verdict{
		"FNB": bank.Believed, "fnb": bank.Believed, "Absa": bank.Unparsed, "": bank.Reject, "+27825550142": bank.Reject, "FNB ": bank.Reject,
	} {
		m := sms(paid)
		m.Sender = sender
		reading := r.Read(m)
		if reading.Verdict != want {
			t.Errorf("from %q the verdict is %s (%s), not %s", sender, reading.Verdict, reading.Reason, want)
		}
		if sender != "Absa" && told(reading.Notifications[0]) == "" || len(reading.Notifications) != 1 {
			t.Errorf("from %q nothing was read", sender)
		}
	}
}

func TestOnlyAnAccountOfTheOperatorsIsCredited(t *testing.T) {
	p := policy(t)
	p.Banks[0].Accounts = []bank.Account{{Number: "62000482913", Currency: "ZAR"}, {Number: "771204", Currency: "NAD"}}
	p.Banks[4].Accounts = nil
	r := reader(t, p)
	for text, want := range map[string]bank.Verdict{
		paid: bank.Believed,
		strings.Replace(paid, "482913", "882913", 1):                                                           bank.NotOperatorAccount,
		strings.Replace(paid, "482913", "2482913", 1):                                                          bank.NotOperatorAccount,
		strings.Replace(paid, "R200.00", "N$200.00", 1):                                                        bank.NotOperatorAccount,
		strings.Replace(paid, "R200.00 paid to Business a/c..482913", "N$200 paid to Business a/c..771204", 1): bank.Believed,
		"Capitec: Money In R250.00 to SAVINGS ACCOUNT; Ref M100733; Avail R1010.00; 14-Nov.":                   bank.NotOperatorAccount,
		"Absa: CHEQ6485, Dep, 14/11/26 ACB CREDIT, M100602, R0.00, Available R1.00. Help 1; X":                 bank.Unparsed,
		strings.Replace(paid, "paid to", "paid from", 1):                                                       bank.Ignore,
	} {
		if reading := r.Read(sms(text)); reading.Verdict != want {
			t.Errorf("%s: the verdict is %s (%s), not %s", text, reading.Verdict, reading.Reason, want)
		}
	}
}

func TestEachMovementInAMailHasItsVerdict(t *testing.T) {
	foreign := strings.Replace(paid, "482913", "123456", 1)
	reading := reader(t, policy(t)).Read(envelope{body: "• " + paid + "\n• " + foreign + "\n• FNB:-) R5.00 something new\n"}.mail())
	var got []bank.Verdict
	for _, n := range reading.Notifications {
		got = append(got, n.Verdict)
	}
	if len(got) != 3 || got[0] != bank.Believed || got[1] != bank.NotOperatorAccount || got[2] != bank.Unparsed || reading.Verdict != bank.Believed || len(reading.Deposits()) != 1 {
		t.Errorf("the verdicts are %v, of all %s", got, reading.Verdict)
	}
}

func TestTheYearIsTheLatestNotAfterTheMailOrTheSMSCame(t *testing.T) {
	r := reader(t, policy(t))
	text := func(day string) string { return strings.Replace(paid, "14Nov 10:01", day, 1) }
	for _, tc := range []struct{ date, day, want string }{
		{"Fri, 01 Jan 2027 00:03:10 +0200", "30Dec 23:58", "2026-12-30"},
		{"Thu, 31 Dec 2026 22:30:00 +0000", "1Jan 00:30", "2027-01-01"}, // in South Africa it is January
		{"Thu, 31 Dec 2026 23:58:00 +0200", "1Jan 00:01", "2027-01-01"}, // a clock that is behind
		{"Thu, 31 Dec 2026 12:00:00 +0200", "1Jan 00:01", "2026-01-01"},
		{"Sat, 14 Nov 2026 00:30:00 +0200", "14Nov 00:30", "2026-11-14"},
		{"Sat, 14 Nov 2026 00:30:00 +0200", "29Feb 10:00", "2024-02-29"},
	} {
		n := r.Read(envelope{date: tc.date, body: text(tc.day)}.mail()).Notifications[0]
		if n.Date != tc.want {
			t.Errorf("%s in a mail of %s is %s, not %s", tc.day, tc.date, n.Date, tc.want)
		}
	}
	late := envelope{date: "nonsense", body: text("14Nov 10:01")}.mail()
	late.At = november
	if n := r.Read(late).Notifications[0]; n.Date != "2026-11-14" {
		t.Errorf("without a Date field it is %s", n.Date)
	}
	if n := r.Read(sms(paid)).Notifications[0]; n.Date != "" || n.Day != "11-14" || n.Time != "10:01" {
		t.Errorf("an SMS that came nobody knows when is of %q, %q %q", n.Date, n.Day, n.Time)
	}
}

func TestAMailBeyondTheLimitsIsKeptForAPerson(t *testing.T) {
	r := reader(t, policy(t))
	nested := func(depth int) string {
		body := "Content-Type: text/plain\n\n" + paid + "\n"
		for i := range depth {
			b := strings.Repeat("b", i+1)
			body = "Content-Type: multipart/mixed; boundary=" + b + "\n\n--" + b + "\n" + body + "--" + b + "--\n"
		}
		return "--x\n" + body + "--x--\n"
	}
	for what, m := range map[string]bank.Message{
		"nested too deep":       envelope{kind: "multipart/mixed; boundary=x", body: nested(bank.MaxDepth)}.mail(),
		"too many parts":        envelope{kind: "multipart/mixed; boundary=x", body: strings.Repeat("--x\nContent-Type: text/plain\n\n"+paid+"\n", bank.MaxParts) + "--x--\n"}.mail(),
		"too much text":         envelope{body: paid + "\n" + strings.Repeat("x\n", bank.MaxText/2)}.mail(),
		"too many messages":     envelope{body: manyBullets(bank.MaxUnits + 1)}.mail(),
		"a subject without end": envelope{subject: strings.Repeat(paid+"\n ", 100), body: paid}.mail(),
		"a header without end":  envelope{head: strings.Repeat("X-Y: z\n", 50000), body: paid}.mail(),
		"too large":             envelope{body: paid + "\n" + strings.Repeat("x\n", bank.MaxMail/2)}.mail(),
		"no boundary":           envelope{kind: "multipart/mixed", body: paid}.mail(),
		"a part that is cut":    envelope{kind: "multipart/mixed; boundary=x", body: "--x\nContent-Type: text/plain\n\n" + paid}.mail(),
		"an unknown encoding":   envelope{encoding: "x-own", body: paid}.mail(),
		"base64 that is broken": envelope{encoding: "base64", body: "!!!!"}.mail(),
	} {
		reading := r.Read(m)
		if len(reading.Deposits()) != 0 || reading.Verdict != bank.Unparsed && reading.Verdict != bank.Reject || reading.Reason == "" {
			t.Errorf("%s: %s: %s", what, reading.Verdict, reading.Reason)
		}
	}
	if reading := r.Read(envelope{kind: "multipart/mixed; boundary=x", body: nested(bank.MaxDepth - 1)}.mail()); reading.Verdict != bank.Believed {
		t.Errorf("at the limit of depth: %s: %s", reading.Verdict, reading.Reason)
	}
	for what, raw := range map[string]string{"nothing": "", "no header": "no header at all", "an mbox line": "From x\nFrom: inContact@fnb.co.za\n\n" + paid} {
		if reading := r.Read(bank.Message{Channel: bank.Mail, Raw: []byte(raw)}); len(reading.Deposits()) != 0 || len(reading.Notifications) != 1 {
			t.Errorf("%s: %s", what, reading.Verdict)
		}
	}
	long := sms(paid + strings.Repeat(" ", bank.MaxSMS))
	if reading := r.Read(long); len(reading.Deposits()) != 0 {
		t.Errorf("an SMS that is too long: %s", reading.Verdict)
	}
	if reading := r.Read(bank.Message{Channel: "fax", Raw: []byte(paid)}); reading.Verdict != bank.Reject {
		t.Errorf("by fax: %s", reading.Verdict)
	}
}

// manyBullets are messages that differ.
func manyBullets(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString("• " + strings.Replace(paid, "M100301", fmt.Sprint("M", 100000+i), 1) + "\n")
	}
	return b.String()
}

func TestAsManyMessagesAsMayBeInAMailAreRead(t *testing.T) {
	if reading := reader(t, policy(t)).Read(envelope{body: manyBullets(bank.MaxUnits)}.mail()); len(reading.Deposits()) != bank.MaxUnits {
		t.Errorf("%d of %d deposits: %s", len(reading.Deposits()), bank.MaxUnits, reading.Reason)
	}
}

func TestALargeAttachmentIsNotReadAndDoesNotHideTheText(t *testing.T) {
	body := "--x\nContent-Type: text/plain\n\n" + paid + "\n--x\nContent-Type: application/zip\nContent-Disposition: attachment\nContent-Transfer-Encoding: base64\n\n" +
		strings.Repeat(strings.Repeat("A", 76)+"\n", 50000) + "--x--\n"
	if reading := reader(t, policy(t)).Read(envelope{kind: "multipart/mixed; boundary=x", body: body}.mail()); reading.Verdict != bank.Believed {
		t.Errorf("%s: %s", reading.Verdict, reading.Reason)
	}
}
