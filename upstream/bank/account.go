package bank

import "strings"

// AccountNotShown stands for the account of a notification that shows none, at a bank
// where the operator has several.
const AccountNotShown = "not shown"

// Account returns the number of the operator's account that a notification is about,
// as the policy has it, so that an SMS that shows four digits of it and a mail that
// shows six, or none, are about the same. If several could be meant, it is what the
// notification shows.
func (r *Reader) Account(n Notification) string {
	found := ""
	if b := r.policy.bank(n.Bank); b != nil {
		for _, a := range b.Accounts {
			if a.Currency != n.Currency || n.Account != "" && !strings.HasSuffix(a.Number, n.Account) && !strings.HasSuffix(n.Account, a.Number) {
				continue
			}
			if found != "" {
				found = ""
				break
			}
			found = a.Number
		}
	}
	switch {
	case found != "":
		return found
	case n.Account != "":
		return n.Account
	}
	return AccountNotShown
}
