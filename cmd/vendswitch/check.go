package main

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/vendswitch/vendswitch/ledger"
	vending "github.com/vendswitch/vendswitch/switch"
)

// What the schemas, or the protocol, want of the things that an operator names. It
// is better said here than found out at the counter.
var (
	productCode = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._\-]{0,31}$`)
	serialText  = regexp.MustCompile(`^\S{1,40}$`)
	keyText     = regexp.MustCompile(`^\S{1,64}$`)
	opNameText  = regexp.MustCompile(`^\S{1,10}$`)
	taxRefText  = regexp.MustCompile(`^\d{10}$`)
)

// checkKey wants something to name a record by.
func checkKey(what, key string) error {
	if !keyText.MatchString(key) {
		return fmt.Errorf("%s %q is not 1 to 64 characters without a space", what, key)
	}
	return nil
}

// checkName wants a name that slips can show.
func checkName(name string) error {
	if strings.TrimSpace(name) == "" {
		return errors.New("a name is printed on slips and cannot be empty")
	}
	return nil
}

func checkTaxRef(ref string) error {
	if ref != "" && !taxRefText.MatchString(ref) {
		return fmt.Errorf("tax reference %q is not ten digits", ref)
	}
	return nil
}

// checkURL wants an address that a supplier can be reached at.
func checkURL(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return fmt.Errorf("%q is not an http or https address", address)
	}
	return nil
}

// checkEAN wants the check digit of an EAN-13 to be right. Other ids are free.
func checkEAN(id string) error {
	if len(id) != 13 || !digits(id) {
		return nil
	}
	sum := 0
	for i, r := range id[:12] {
		sum += int(r-'0') * (1 + 2*(i%2))
	}
	if want := byte('0' + (10-sum%10)%10); id[12] != want {
		return fmt.Errorf("%s has 13 digits but is no EAN: its check digit should be %c", id, want)
	}
	return nil
}

func checkRights(rights []string) error {
	for _, r := range rights {
		if !slices.Contains(vending.Operations, r) {
			return fmt.Errorf("there is no operation %q; there are %s", r, strings.Join(vending.Operations, ", "))
		}
	}
	return nil
}

// checkFulfilment wants a product to be of a kind that its supplier delivers.
func checkFulfilment(kind ledger.ProductKind, supplier ledger.SupplierKind) error {
	switch {
	case kind == ledger.KindVoucher && supplier != ledger.SupplierStock:
		return errors.New("vouchers are sold from stock, and this supplier has none")
	case kind == ledger.KindElectricity && supplier != ledger.SupplierUtility:
		return errors.New("tokens are bought online, and this supplier is not a utility")
	}
	return nil
}

// checkLegStates wants states that a leg can be in.
func checkLegStates(states []string) error {
	all := []ledger.LegState{ledger.LegOpen, ledger.LegAccepted, ledger.LegDeclined, ledger.LegUnknown, ledger.LegNotExecuted}
	for _, s := range states {
		if !slices.Contains(all, ledger.LegState(s)) {
			return fmt.Errorf("a leg is never %q; it is open, accepted, declined, unknown or \"not executed\"", s)
		}
	}
	return nil
}

// checkStates wants states that a sale can be in.
func checkStates(states []string) error {
	all := []ledger.SaleState{ledger.SaleRefused, ledger.SaleHeld, ledger.SaleUnknown, ledger.SaleDelivered, ledger.SaleDeclined, ledger.SaleReversed}
	for _, s := range states {
		if !slices.Contains(all, ledger.SaleState(s)) {
			return fmt.Errorf("a sale is never %q; it is refused, held, unknown, delivered, declined or reversed", s)
		}
	}
	return nil
}
