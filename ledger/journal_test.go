package ledger_test

import (
	"encoding/json"
	"testing"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/ledgertest"
)

func TestTheJournalOnlyGrows(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 50_000)
		db := w.direct(t)
		statements := []string{
			"UPDATE entry SET actor = 'eve'", "DELETE FROM entry",
			"UPDATE posting SET amount = amount + 1", "DELETE FROM posting",
		}
		if w.options.Driver == ledger.Postgres {
			statements = append(statements, "TRUNCATE entry", "TRUNCATE posting")
		}
		for _, s := range statements {
			if _, err := db.Exec(s); err == nil {
				t.Errorf("%s went through", s)
			}
		}
		w.wantFloat(t, 50_000, 0)
		w.books(t)
	})
}

func TestTheEntriesOfASaleTellItsStory(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 50_000)
		o, c := w.begun(t, 10_000)
		_, err := w.Settle(t.Context(), w.unknown(c))
		must(t, err)
		_, err = w.Settle(t.Context(), accepted(o, c, w.token()))
		must(t, err)
		must(t, w.Disclose(t.Context(), o.ID, "ann", "reprint"))
		entries, err := w.Entries(t.Context(), ledger.EntryFilter{SaleID: o.ID})
		must(t, err)
		var kinds []string
		for _, e := range entries {
			kinds = append(kinds, e.Kind)
		}
		equal(t, []string{"sale.opened", "sale.moved", "sale.moved", "disclosure"}, kinds, nil)

		var opened ledger.OpenedBody
		must(t, json.Unmarshal([]byte(entries[0].Body), &opened))
		if opened.V != 1 || opened.Sale.ID != o.ID || opened.Hold != 9_850 || opened.In.ID != o.ID || opened.Out.ID != c.LegID || !opened.Out.Vend {
			t.Errorf("opened: %s", entries[0].Body)
		}
		var moved ledger.MovedBody
		must(t, json.Unmarshal([]byte(entries[1].Body), &moved))
		if moved.From != ledger.SaleHeld || moved.To != ledger.SaleUnknown || moved.Released != 0 || moved.Leg.State != ledger.LegUnknown || moved.Leg.Code != "timeout" {
			t.Errorf("forgotten: %s", entries[1].Body)
		}
		moved = ledger.MovedBody{}
		must(t, json.Unmarshal([]byte(entries[2].Body), &moved))
		if moved.To != ledger.SaleDelivered || moved.Released != 9_850 || moved.In.State != ledger.LegAccepted || len(moved.Tokens) != 1 ||
			len(moved.Outcome) != 64 || len(moved.Leg.Evidence) != 64 {
			t.Errorf("delivered: %s", entries[2].Body)
		}
		if entries[3].Actor != "ann" || entries[3].Body != `{"v":1,"reason":"reprint"}` {
			t.Errorf("disclosed: %+v", entries[3])
		}
	})
}

func TestNothingIsDisclosedOfASaleThatIsNotThere(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		wantErr(t, w.Disclose(t.Context(), ledger.NewID(), "ann", "curious"), ledger.ErrNotFound)
	})
}

// What is unique for ever lives elsewhere, so these tables can become
// partitioned under a ledger that knows nothing of it.
func TestLegsEntriesAndPostingsCanBePartitionedByMonth(t *testing.T) {
	t.Parallel()
	w := openWorld(t, ledger.Postgres, ledgertest.PostgreSQL(t))
	must(t, w.Close())
	db := w.direct(t)
	for table, column := range map[string]string{"leg": "opened_at", "entry": "at", "posting": "at"} {
		db.MustExec("ALTER TABLE " + table + " RENAME TO " + table + "_old")
		db.MustExec("CREATE TABLE " + table + " (LIKE " + table + "_old INCLUDING ALL) PARTITION BY RANGE (" + column + ")")
		db.MustExec("CREATE TABLE " + table + "_past PARTITION OF " + table + " FOR VALUES FROM (MINVALUE) TO ('2026-01-01')")
		db.MustExec("CREATE TABLE " + table + "_rest PARTITION OF " + table + " FOR VALUES FROM ('2026-01-01') TO (MAXVALUE)")
		if table != "leg" {
			db.MustExec("CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON " + table + " FOR EACH ROW EXECUTE FUNCTION append_only()")
		}
		db.MustExec("INSERT INTO " + table + " SELECT * FROM " + table + "_old")
	}
	w.Store = w.open(t, "node-b")
	w.deposit(t, 50_000)
	w.load(t, w.vouchers(1, ""))
	o, c := w.begun(t, 10_000)
	_, err := w.Settle(t.Context(), w.unknown(c))
	must(t, err)
	_, err = w.Settle(t.Context(), accepted(o, c, w.token()))
	must(t, err)
	_, err = w.Sell(t.Context(), w.purchase(1))
	must(t, err)
	if _, err := db.Exec("DELETE FROM entry"); err == nil {
		t.Error("the journal shrank")
	}
	w.wantFloat(t, 39_200, 0)
	w.books(t)
	if n := w.scalar(t, "SELECT COUNT(*) FROM entry_rest"); n < 6 {
		t.Errorf("%d entries in this year's partition", n)
	}
}
