package bank_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/vendswitch/vendswitch/switch/deposit"
	"github.com/vendswitch/vendswitch/upstream/bank"
)

// actions are those for messages one after the other, which are known as 1, 2, 3 …
func actions(t *testing.T, messages ...bank.Message) string {
	t.Helper()
	s := deposit.NewSequence(reader(t, policy(t)), 0)
	var list []string
	for i, m := range messages {
		action, _ := s.Add(fmt.Sprint(i+1), m)
		list = append(list, action)
	}
	return strings.Join(list, " ")
}

func TestWhatIsToldTwiceIsCreditedOnce(t *testing.T) {
	mail := func(texts ...string) bank.Message {
		return envelope{subject: texts[0], body: "• " + strings.Join(texts, "\n• ") + "\n"}.mail()
	}
	std := func(reference, balance string) bank.Message {
		return sms("Standard Bank: R1850.00 paid to Acc. 6025 from " + reference + ". Acl bal R" + balance + " 2026-11-14 Query? 0860000000")
	}
	later := func(minute string) string { return strings.Replace(paid, "10:01", minute, 1) }
	block := func(balance string) bank.Message {
		return envelope{from: "information@standardbank.co.za", body: "An amount of R1850.00 was paid to Standard Bank account ending in 6025 from M100301 on 2026-11-14.\n" + balance}.mail()
	}
	const is = "The actual balance at the time of the above transaction was R"
	other := strings.Replace(paid, "M100301", "airtime", 1)
	for _, tc := range []struct {
		what     string
		messages []bank.Message
		want     string
	}{
		{"an SMS again", []bank.Message{sms(paid), sms(paid)}, "credit duplicate_of:1"},
		{"an SMS again, with other spaces", []bank.Message{sms(paid), sms(strings.ReplaceAll(paid, " ", "  "))}, "credit duplicate_of:1"},
		{"a mail for an SMS", []bank.Message{sms(paid), mail(paid)}, "credit confirms:1"},
		{"an SMS for a mail", []bank.Message{mail(paid), sms(paid)}, "credit confirms:1"},
		{"all of them twice", []bank.Message{sms(paid), mail(paid), sms(paid), mail(paid)}, "credit confirms:1 duplicate_of:1 duplicate_of:2"},
		{"minutes later", []bank.Message{sms(paid), sms(later("10:03")), sms(later("10:02"))}, "credit new_or_review new_or_review"},
		{"long after", []bank.Message{sms(paid), sms(later("11:30"))}, "credit credit"},
		{"another reference", []bank.Message{sms(paid), sms(strings.Replace(paid, "M100301", "M100302", 1))}, "credit credit"},
		{"another amount", []bank.Message{sms(paid), sms(strings.Replace(paid, "R200", "R201", 1))}, "credit credit"},
		{"the same on another day", []bank.Message{sms(paid), sms(strings.Replace(paid, "14Nov", "13Nov", 1))}, "credit credit"},
		{"no reference that is known", []bank.Message{sms(other), sms(other), mail(other)}, "unallocated duplicate_of:1 confirms:1"},
		{"balances that differ", []bank.Message{std("M100301", "10.00"), std("M100301", "1860.00")}, "credit credit"},
		{"the same balance", []bank.Message{std("M100301", "10.00"), std("M100301", "10.00")}, "credit duplicate_of:1"},
		{"two, each with its mail", []bank.Message{std("M100301", "10.00"), std("M100301", "1860.00"), block(is + "1860.00."), block(is + "10.00.")}, "credit credit confirms:2 confirms:1"},
		{"a mail without the balance", []bank.Message{std("M100301", "10.00"), block("")}, "credit confirms:1"},
		{"a mail with another balance", []bank.Message{std("M100301", "10.00"), block(is + "20.00.")}, "credit new_or_review"},
		{"nothing to tell them apart", []bank.Message{block(""), block("")}, "credit new_or_review"},
		{"several in a mail", []bank.Message{mail(paid, later("12:00")), sms(paid), sms(later("12:00"))}, "credit_each_deposit_once confirms:1 confirms:1"},
		{"several that were told one by one", []bank.Message{sms(paid), sms(later("12:00")), mail(paid, later("12:00"))}, "credit credit credit_each_deposit_once"},
		{"an SMS that shows no account", []bank.Message{
			sms("Capitec: Money In R250.00 to SAVINGS ACCOUNT; Ref M100733; Avail R1010.00; 14-Nov. Call 0860000000"),
			envelope{from: "noreply@capitecbank.co.za", body: "Money In R250.00 to BUSINESS ACCOUNT ending 3301; Ref M100733; Avail R1 010.00; 14-Nov.\n"}.mail(),
		}, "credit confirms:1"},
		{"several again", []bank.Message{mail(paid, later("12:00")), mail(paid, later("12:00"))}, "credit_each_deposit_once duplicate_of:1"},
		{"one is new", []bank.Message{mail(paid), mail(paid, later("12:00"))}, "credit credit_each_deposit_once"},
		{"what was not believed is no earlier one", []bank.Message{envelope{results: "-", body: paid}.mail(), sms(paid), mail(paid)}, "quarantine credit confirms:2"},
	} {
		if got := actions(t, tc.messages...); got != tc.want {
			t.Errorf("%s: the actions are\n%s, not\n%s", tc.what, got, tc.want)
		}
	}
}
