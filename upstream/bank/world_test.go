package bank_test

import (
	"strings"
	"testing"
	"time"

	"github.com/vendswitch/vendswitch/upstream/bank"
)

const server = "mx.evd-operator.example"

func johannesburg(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Africa/Johannesburg")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func rand(numbers ...string) (list []bank.Account) {
	for _, n := range numbers {
		list = append(list, bank.Account{Number: n, Currency: "ZAR"})
	}
	return list
}

// policy is the operator's of the samples.
func policy(t testing.TB) bank.Policy {
	return bank.Policy{
		Zone: johannesburg(t), AuthServID: server, AnySMSSender: true,
		Banks: []bank.BankPolicy{
			{Name: "FNB", MailFrom: []string{"inContact@fnb.co.za"}, SMSSenders: []string{"FNB"}, Accounts: rand("482913")},
			{Name: "Standard Bank", MailFrom: []string{"information@standardbank.co.za"}, SMSSenders: []string{"StdBank"}, Accounts: rand("6025")},
			{Name: "Absa", MailFrom: []string{"NotifyMe@absa.co.za"}, SMSSenders: []string{"Absa"}, Accounts: rand("6485", "9437")},
			{Name: "Nedbank", MailFrom: []string{"noreply@nedbank.co.za"}, SMSSenders: []string{"Nedbank"}, Accounts: rand("9912")},
			{Name: "Capitec", MailFrom: []string{"noreply@capitecbank.co.za"}, SMSSenders: []string{"Capitec"}, Accounts: rand("3301")},
		},
		Keys: []bank.KeyShape{{Pattern: "M1[0-9]{5}"}, {Pattern: bank.CellNumber}},
	}
}

func reader(t testing.TB, p bank.Policy) *bank.Reader {
	t.Helper()
	r, err := bank.NewReader(bank.DefaultTemplates(), p)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func sms(text string) bank.Message { return bank.Message{Channel: bank.SMS, Raw: []byte(text)} }

// envelope is a mail to be.
type envelope struct {
	from, subject, date string
	results             string // the Authentication-Results above the first Received
	head                string // more header lines, below it
	kind, encoding      string // of the body
	body                string
}

// mail writes a mail as the operator's server hands it on. What is empty is as a
// bank would have it.
func (e envelope) mail() bank.Message {
	or := func(text, standard string) string {
		if text == "" {
			return standard
		}
		return text
	}
	from := or(e.from, "inContact@fnb.co.za")
	domain := strings.Trim(from[strings.LastIndexByte(from, '@')+1:], "<> ")
	results := or(e.results, "Authentication-Results: "+server+"; dmarc=pass header.from="+domain)
	if e.results == "-" {
		results = "X-None: 1"
	}
	head := results + "\nReceived: from mta.example by " + server + "; Sat, 14 Nov 2026 09:12:41 +0200\n" + e.head +
		"From: " + from + "\nTo: deposits@evd-operator.example\nSubject: " + or(e.subject, "inContact") +
		"\nDate: " + or(e.date, "Sat, 14 Nov 2026 23:50:00 +0200") + "\nMessage-ID: <1@example>\nMIME-Version: 1.0\n" +
		"Content-Type: " + or(e.kind, "text/plain; charset=utf-8") + "\nContent-Transfer-Encoding: " + or(e.encoding, "8bit") + "\n\n"
	return bank.Message{Channel: bank.Mail, Raw: []byte(strings.ReplaceAll(head+e.body, "\n", "\r\n"))}
}
