package bank

import "strings"

// Account returns the number of the operator's account that a notification is about,
// as the policy has it, so that an SMS that shows four digits of it and a mail that
// shows six, or none, are about the same. If several could be meant it is what the
// notification shows, and empty if that is nothing.
func (r *Reader) Account(n Notification) string {
	found := ""
	if b := r.policy.bank(n.Bank); b != nil {
		for _, a := range b.Accounts {
			switch {
			case a.Currency != n.Currency || n.Account != "" && !strings.HasSuffix(a.Number, n.Account) && !strings.HasSuffix(n.Account, a.Number):
			case found != "":
				return n.Account
			default:
				found = a.Number
			}
		}
	}
	if found == "" {
		return n.Account
	}
	return found
}
