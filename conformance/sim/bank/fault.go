package bank

import "slices"

// Fault is what goes wrong with a deposit, or is done to it.
type Fault string

// The faults.
const (
	Duplicate         Fault = "duplicate"          // the bank tells of it twice: the same words under other ids
	Redeliver         Fault = "redeliver"          // each message is delivered twice, under its id
	OutOfOrder        Fault = "out-of-order"       // it is told of after the next deposit
	LateMail          Fault = "late-mail"          // the mail is held until it is released
	ChangedWording    Fault = "changed-wording"    // the bank has new words for it
	WrongAccount      Fault = "wrong-account"      // it is about an account that is not the operator's
	InjectedReference Fault = "injected-reference" // the payer's reference looks like another message
	ForgedSender      Fault = "forged-sender"      // no deposit: somebody else writes as the bank does
	DMARCFail         Fault = "dmarc-fail"         // no deposit: the mail fails the bank's own policy; no SMS
	Forwarded         Fault = "forwarded"          // no deposit: a merchant sends a mail on; no SMS
	ProofOfPayment    Fault = "proof-of-payment"   // no deposit: the payer has the bank say that he has instructed one; no SMS
)

var faults = []Fault{Duplicate, Redeliver, OutOfOrder, LateMail, ChangedWording, WrongAccount, InjectedReference,
	ForgedSender, DMARCFail, Forwarded, ProofOfPayment}

// Faults returns all faults.
func Faults() []Fault { return slices.Clone(faults) }

// Genuine reports whether there is money in the operator's account.
func (f Fault) Genuine() bool {
	switch f {
	case WrongAccount, ForgedSender, DMARCFail, Forwarded, ProofOfPayment:
		return false
	}
	return true
}

// mailOnly reports a fault that mails alone can have.
func (f Fault) mailOnly() bool { return f == DMARCFail || f == Forwarded || f == ProofOfPayment }
