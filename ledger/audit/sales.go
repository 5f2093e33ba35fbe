package audit

import (
	"encoding/hex"
	"fmt"

	"github.com/google/uuid"

	"github.com/vendswitch/vendswitch/ledger"
)

// walkSales compares every sale, with its legs, outcome, vouchers and tokens,
// with what the journal tells of it.
func (v *verifier) walkSales() error {
	var last ledger.ID
	return pages(func() (int, error) {
		var rows []saleRow
		err := v.list(&rows, "SELECT "+saleColumns+" FROM sale WHERE id > ? ORDER BY id LIMIT ?", last, pageSize)
		if err != nil || len(rows) == 0 {
			return 0, err
		}
		last = rows[len(rows)-1].ID
		return len(rows), v.judgeSales(rows)
	})
}

// told is a page of sales and what the journal tells of them.
type told struct {
	ids     []ledger.ID
	stories map[ledger.ID]*story
}

func (v *verifier) judgeSales(rows []saleRow) error {
	t := told{stories: make(map[ledger.ID]*story, len(rows))}
	for i := range rows {
		t.ids = append(t.ids, rows[i].ID)
	}
	if err := v.tellAll(&t); err != nil {
		return err
	}
	fingerprints, err := v.outcomes(t.ids)
	if err != nil {
		return err
	}
	var legs []*expectedLeg
	for i := range rows {
		story := t.stories[rows[i].ID]
		got := rows[i].sale()
		got.Outcome = fingerprints[got.ID]
		v.judgeSale(got, story)
		legs = append(legs, story.legs...)
	}
	if err := v.compareLegs(legs); err != nil {
		return err
	}
	for _, judge := range []func(*told) error{v.judgeExtraLegs, v.judgeVouchers, v.judgeTokens} {
		if err := judge(&t); err != nil {
			return err
		}
	}
	return nil
}

// tellAll reads the entries of a page of sales.
func (v *verifier) tellAll(t *told) error {
	var rows []entryRow
	if err := v.list(&rows, "SELECT "+entryColumns+" FROM entry AS e WHERE e.sale_id IN (?)", t.ids); err != nil {
		return err
	}
	entries := make(map[ledger.ID][]*entry, len(t.ids))
	for i := range rows {
		e := rows[i].entry()
		entries[e.SaleID] = append(entries[e.SaleID], e)
	}
	for _, id := range t.ids {
		t.stories[id] = tell(v, id, entries[id])
	}
	return nil
}

// judgeSale compares a row of sale with its story.
func (v *verifier) judgeSale(got *sale, story *story) {
	v.report.count(projected, "sales", 1)
	v.holds[got.Merchant] += got.Hold
	name := "sale " + got.ID.String()
	if !story.begun {
		return
	}
	want := story.sale
	if got.Outcome != want.Outcome {
		v.report.violate(outcomes, name, "outcome of SHA-256 "+orNone(want.Outcome), orNone(got.Outcome))
	}
	if want.State == ledger.SaleDelivered {
		v.report.count(outcomes, "delivered sales with their outcomes", 1)
		if want.Outcome == "" {
			v.report.violate(outcomes, name, "an outcome, as it is delivered", "none")
		}
	}
	want.Outcome = got.Outcome
	if *got != want {
		v.differ(projected, name, want.fields(), got.fields())
	}
	if (want.State == ledger.SaleHeld || want.State == ledger.SaleUnknown) && !story.pending() {
		v.report.violate(unresolved, name, "a leg that can still decide it, as it is "+string(want.State), "none")
	}
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

// outcomes reads the fingerprints of outcomes, and opens each.
func (v *verifier) outcomes(ids []ledger.ID) (map[ledger.ID]string, error) {
	return v.fingerprints("SELECT id, outcome FROM sale WHERE outcome IS NOT NULL AND id IN (?)", ids,
		func(id ledger.ID, sealed []byte) {
			if v.o.Keys == nil {
				return
			}
			v.report.count(outcomes, "outcomes opened", 1)
			if _, err := ledger.OpenOutcome(v.o.Keys, id, sealed); err != nil {
				v.report.violate(outcomes, "sale "+id.String(), "an outcome that opens", err.Error())
			}
		})
}

// judgeExtraLegs finds legs of the sales that no entry has opened.
func (v *verifier) judgeExtraLegs(t *told) error {
	var rows []struct {
		ID     ledger.ID `db:"id"`
		SaleID ledger.ID `db:"sale_id"`
	}
	if err := v.list(&rows, "SELECT id, sale_id FROM leg WHERE sale_id IN (?)", t.ids); err != nil {
		return err
	}
	for _, row := range rows {
		if t.stories[row.SaleID].byLeg[row.ID] == nil {
			v.report.violate(projected, "leg "+row.ID.String(), "an entry that opened it", "none")
		}
	}
	return nil
}

// judgeVouchers compares whose the vouchers are with what the journal says.
func (v *verifier) judgeVouchers(t *told) error {
	var rows []struct {
		ID     ledger.ID `db:"id"`
		SaleID ledger.ID `db:"sale_id"`
		PIN    []byte    `db:"pin"`
		Hash   []byte    `db:"pin_hash"`
	}
	if err := v.list(&rows, "SELECT id, sale_id, pin, pin_hash FROM voucher WHERE sale_id IN (?)", t.ids); err != nil {
		return err
	}
	owner := make(map[ledger.ID]ledger.ID, len(rows))
	for _, row := range rows {
		owner[row.ID] = row.SaleID
		if v.o.Keys == nil {
			continue
		}
		v.report.count(soldOnce, "PINs opened", 1)
		if err := ledger.CheckPIN(v.o.Keys, row.ID, row.PIN, row.Hash); err != nil {
			v.report.violate(soldOnce, "voucher "+row.ID.String(), "a PIN that opens and has its keyed hash", err.Error())
		}
	}
	for _, id := range t.ids {
		story := t.stories[id]
		if n := len(story.vouchers); n > 0 && n != story.sale.Quantity {
			v.report.violate(soldOnce, "sale "+id.String(), fmt.Sprintf("%d vouchers", story.sale.Quantity), fmt.Sprint(n))
		}
		for _, voucher := range story.vouchers {
			v.report.count(soldOnce, "vouchers sold", 1)
			if owner[voucher] == id {
				delete(owner, voucher)
				continue
			}
			v.report.violate(soldOnce, "voucher "+voucher.String(), "to belong to sale "+id.String(), "another's, unsold or gone")
		}
	}
	for voucher, id := range owner {
		v.report.violate(soldOnce, "voucher "+voucher.String(), "an entry that sold it", "sale "+id.String()+" and no such entry")
	}
	return nil
}

// judgeTokens checks that every token the journal tells of is claimed for its
// sale.
func (v *verifier) judgeTokens(t *told) error {
	var hashes [][]byte
	for _, id := range t.ids {
		for _, token := range t.stories[id].tokens {
			hash, err := hex.DecodeString(token.hash)
			if err != nil {
				v.report.violate(projected, "sale "+id.String(), "keyed hashes of tokens in hex", "others")
				continue
			}
			hashes = append(hashes, hash)
		}
	}
	if len(hashes) == 0 {
		return nil
	}
	var rows []struct {
		Supplier string        `db:"supplier"`
		Hash     []byte        `db:"hash"`
		SaleID   uuid.NullUUID `db:"sale_id"`
	}
	if err := v.list(&rows, "SELECT supplier, hash, sale_id FROM token WHERE hash IN (?)", hashes); err != nil {
		return err
	}
	owner := make(map[token]ledger.ID, len(rows))
	for _, row := range rows {
		owner[token{row.Supplier, hex.EncodeToString(row.Hash)}] = row.SaleID.UUID
	}
	for _, id := range t.ids {
		for _, token := range t.stories[id].tokens {
			v.report.count(soldOnce, "tokens sold", 1)
			switch got, there := owner[token]; {
			case !there:
				v.report.violate(soldOnce, "token "+token.hash, "to be claimed for sale "+id.String(), "not claimed")
			case got != id:
				v.report.violate(soldOnce, "token "+token.hash, "to be claimed for sale "+id.String(), "claimed for sale "+got.String())
			}
		}
	}
	return nil
}

// fingerprints hashes a sealed column of the rows with these ids, one at a
// time. look, if there is one, sees each value.
func (v *verifier) fingerprints(query string, ids []ledger.ID, look func(ledger.ID, []byte)) (map[ledger.ID]string, error) {
	rows, err := v.stream(query, ids)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	prints := make(map[ledger.ID]string, len(ids))
	for rows.Next() {
		var id ledger.ID
		var sealed []byte
		if err := rows.Scan(&id, &sealed); err != nil {
			return nil, err
		}
		prints[id] = fingerprint(sealed)
		if look != nil {
			look(id, sealed)
		}
	}
	return prints, rows.Err()
}
