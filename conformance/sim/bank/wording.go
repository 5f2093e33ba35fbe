package bank

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// movement is a deposit as a message tells of it.
type movement struct {
	bank      Bank
	suffix    string
	amount    int64 // cents
	balance   int64 // cents, after it
	reference string
	method    Method
	at        time.Time // in the bank's zone
}

// sms is the text of the bank's SMS.
func (m movement) sms() string {
	switch m.bank {
	case FNB:
		method := "Eft"
		if m.method == Cash {
			method = "ATM"
		}
		return fmt.Sprintf("FNB:-) R%s paid to Business a/c..%s @ %s. Ref.%s. %s", plain(m.amount), m.suffix, method, m.reference, m.at.Format("2Jan 15:04"))
	case StandardBank:
		did := "paid"
		if m.method == Cash {
			did = "cash dep."
		}
		return fmt.Sprintf("Standard Bank: R%s %s to Acc. %s from %s. Acl bal R%s %s Query? 0860000000",
			plain(m.amount), did, m.suffix, m.reference, plain(m.balance), m.at.Format(time.DateOnly))
	case Absa:
		return fmt.Sprintf("Absa: CHEQ%s, Dep, %s SETTLEMENT/C - %s, %s%s, R%s, Available R%s. Help 0860000000; SPAZAGR001",
			m.suffix, m.at.Format("02/01/06"), m.absaType(), absaPrefix, m.reference, commas(m.amount), commas(m.balance))
	case Nedbank:
		kind := "Electronic Banking EFT"
		if m.method == Cash {
			kind = "Cash"
		}
		return fmt.Sprintf("Nedbank: %s deposit of R%s into acc **%s Avail bal R%s at %s on %s. Reg: %s",
			kind, plain(m.amount), m.suffix, plain(m.balance), m.at.Format("15:04"), m.at.Format("02Jan06"), m.reference)
	}
	return fmt.Sprintf("Capitec: Money In R%s to SAVINGS ACCOUNT; Ref %s; Avail R%s; %s. Call 0860000000",
		plain(m.amount), m.reference, plain(m.balance), m.at.Format("2-Jan"))
}

// absaPrefix is the depositor's bank, which Absa puts before a reference.
const absaPrefix = "ABSA BANK "

func (m movement) absaType() string {
	if m.method == Cash {
		return "CASH DEPOSIT"
	}
	return "IBANK PAYMENT FROM"
}

// mail is the subject and the text of the bank's mail.
func (m movement) mail(operator string) (subject, text string) {
	const greeting, regards = "Dear %s,\n\n", "\n\nRegards,\nStandard Bank\n"
	switch m.bank {
	case FNB:
		return m.sms(), "Dear valued customer\n• " + m.sms() + "\nPlease do NOT reply to this message as it is sent from an unattended mailbox.\n"
	case StandardBank:
		return "MyUpdates notification", fmt.Sprintf(greeting+"An amount of R%s was paid to Standard Bank account ending in %s from %s on %s.\n\n"+
			"The actual balance at the time of the above transaction was R%s."+regards,
			operator, plain(m.amount), m.suffix, m.reference, m.at.Format(time.DateOnly), plain(m.balance))
	case Absa:
		return "Absa NotifyMe", fmt.Sprintf("Dear %s\n\nAccount    : CHEQ%s\nDate       : %s\nTransaction: SETTLEMENT CENTRE - %s\nReference  : %s%s\n"+
			"Amount     : R%s\nAvailable  : R%s\n\nFor assistance please call 0860000000\n\nKind regards\n\nThe NotifyMe team\n\nRef: SPAZAGR001\n",
			operator, m.suffix, m.at.Format("2006/01/02"), m.absaType(), absaPrefix, m.reference, commas(m.amount), commas(m.balance))
	case Nedbank:
		kind := "Electronic Banking EFT"
		if m.method == Cash {
			kind = "Cash"
		}
		return "Nedbank notification", fmt.Sprintf("Nedbank: %s deposit of R %s into acc **%s Avail bal R %s at %s on %s. Reg: %s\n",
			kind, spaced(m.amount, " "), m.suffix, spaced(m.balance, " "), m.at.Format("15:04"), m.at.Format("02Jan06"), m.reference)
	}
	return "Payment received", fmt.Sprintf("Dear EVD OPERATOR\n\nMoney In R%s to BUSINESS ACCOUNT ending %s; Ref %s; Avail R%s; %s.\n\nCapitec Bank\n",
		spaced(m.amount, "\u00a0"), m.suffix, m.reference, spaced(m.balance, "\u00a0"), m.at.Format("2-Jan"))
}

// reworded is how a bank might put it after it has changed its words.
func (m movement) reworded() string {
	return fmt.Sprintf("%s: good news! R%s from %s has landed in your account ..%s", m.bank, plain(m.amount), m.reference, m.suffix)
}

// proof is what a payer has his bank send.
func (m movement) proof(operator string) (subject, text string) {
	return "Payment notification from T SPAZA TRADERS", fmt.Sprintf("Payment Notification\n\nThis confirms that the payer listed below instructed a payment to you.\n"+
		"Payer      : T SPAZA TRADERS\nRecipient  : %s\nAmount     : R%s\nReference  : %s\nDate       : %s\nFunds may take up to two banking days to reflect.\n",
		operator, commas(m.amount), m.reference, m.at.Format(time.DateOnly))
}

// sender is who a bank's SMS come from, and its mails.
func (b Bank) sender() (id, domain, address string) {
	switch b {
	case FNB:
		return "FNB", "fnb.co.za", "inContact@fnb.co.za"
	case StandardBank:
		return "StdBank", "standardbank.co.za", "information@standardbank.co.za"
	case Absa:
		return "Absa", "absa.co.za", "NotifyMe@absa.co.za"
	case Nedbank:
		return "Nedbank", "nedbank.co.za", "noreply@nedbank.co.za"
	}
	return "Capitec", "capitecbank.co.za", "noreply@capitecbank.co.za"
}

// plain writes cents as 1234.50.
func plain(cents int64) string {
	sign := ""
	if cents < 0 {
		sign, cents = "-", -cents
	}
	return fmt.Sprintf("%s%d.%02d", sign, cents/100, cents%100)
}

// commas writes cents as 1,234.50.
func commas(cents int64) string { return spaced(cents, ",") }

// spaced writes cents with something between the thousands.
func spaced(cents int64, between string) string {
	whole, rest, _ := strings.Cut(plain(cents), ".")
	sign := ""
	if strings.HasPrefix(whole, "-") {
		sign, whole = "-", whole[1:]
	}
	const group = 3
	var groups []string
	for len(whole) > group {
		groups = append([]string{whole[len(whole)-group:]}, groups...)
		whole = whole[:len(whole)-group]
	}
	return sign + strings.Join(append([]string{whole}, groups...), between) + "." + rest
}

// another is an account that is not the operator's, of as many digits.
func another(suffix string) string {
	last, _ := strconv.Atoi(suffix[len(suffix)-1:])
	return suffix[:len(suffix)-1] + strconv.Itoa((last+1)%10)
}
