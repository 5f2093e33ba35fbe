package audit_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/audit"
)

// tables are all tables of the ledger that the audit looks at.
var tables = []string{"merchant", "float", "message", "upstream_message", "token", "entry", "posting", "sale", "leg",
	"voucher", "exception", "seal", "seal_head", "closed_day", "closing_balance",
	"agreement", "stock_batch", "stock_proposal", "stock_move", "stock_order"}

// burglar has the database and nothing else.
type burglar struct {
	*town
	db *sqlx.DB
}

// burgle opens the database with its triggers and foreign keys out of action.
func (w *town) burgle() *burglar {
	w.t.Helper()
	b := &burglar{w, w.database()}
	if w.options.Driver == ledger.Postgres {
		b.exec("SET session_replication_role = replica")
	} else {
		for _, trigger := range []string{"entry_no_update", "entry_no_delete", "posting_no_update", "posting_no_delete",
			"closed_day_no_update", "closed_day_no_delete", "closing_balance_no_update", "closing_balance_no_delete"} {
			b.exec("DROP TRIGGER " + trigger)
		}
	}
	return b
}

func (b *burglar) exec(query string, args ...any) {
	b.t.Helper()
	if _, err := b.db.Exec(b.db.Rebind(query), args...); err != nil {
		b.t.Fatalf("%s: %v", query, err)
	}
}

// one runs a statement that must touch one row.
func (b *burglar) one(query string, args ...any) {
	b.t.Helper()
	result, err := b.db.Exec(b.db.Rebind(query), args...)
	b.must(err)
	if n, err := result.RowsAffected(); err != nil || n != 1 {
		b.t.Fatalf("%s touched %d rows, %v", query, n, err)
	}
}

// remember copies every table, recall puts the copies back.
func (b *burglar) remember() {
	b.t.Helper()
	for _, table := range tables {
		b.exec("CREATE TABLE copy_of_" + table + " AS SELECT * FROM " + table)
	}
}

func (b *burglar) recall() {
	b.t.Helper()
	overriding := ""
	if b.options.Driver == ledger.Postgres {
		overriding = " OVERRIDING SYSTEM VALUE"
	}
	for _, table := range tables {
		b.exec("DELETE FROM " + table)
		b.exec("INSERT INTO " + table + overriding + " SELECT * FROM copy_of_" + table)
	}
}

// id reads one id.
func (b *burglar) id(query string, args ...any) ledger.ID {
	b.t.Helper()
	var id ledger.ID
	b.must(b.db.Get(&id, b.db.Rebind(query), args...))
	return id
}

// entryOf is an entry of a sale.
func (b *burglar) entryOf(sale ledger.Order, kind string) ledger.ID {
	b.t.Helper()
	return b.id("SELECT id FROM entry WHERE sale_id = ? AND kind = ? ORDER BY id DESC LIMIT 1", sale.ID, kind)
}

// vendLeg is the last outbound leg of a sale.
func (b *burglar) vendLeg(sale ledger.Order) ledger.ID {
	b.t.Helper()
	return b.id("SELECT id FROM leg WHERE sale_id = ? AND vend ORDER BY id DESC LIMIT 1", sale.ID)
}

// finding is what the audit must say.
type finding struct {
	invariant int
	row       string
	says      string // in what was expected or found
}

func wantFinding(t *testing.T, r *audit.Report, want finding) {
	t.Helper()
	i := r.Invariants[want.invariant-1]
	if r.OK || i.OK {
		t.Errorf("invariant %d is reported to hold", want.invariant)
	}
	for _, f := range i.Findings {
		if f.Row == want.row && strings.Contains(f.Expected+"; "+f.Found, want.says) {
			return
		}
	}
	t.Errorf("no finding on %q of invariant %d says %q; there are:", want.row, want.invariant, want.says)
	for _, i := range r.Invariants {
		for _, f := range i.Findings {
			t.Errorf("  %d. %s", i.Number, f)
		}
	}
}

func row(kind string, id ledger.ID) string { return kind + " " + id.String() }

var zero ledger.ID

// tamperings change the database in one place each and say what must be found.
var tamperings = map[string]func(*burglar, busyDay) []finding{
	"the amount of a posting": func(b *burglar, d busyDay) []finding {
		entry := b.entryOf(d.delivered, ledger.EntrySaleMoved)
		b.one("UPDATE posting SET amount = amount + 1 WHERE entry_id = ? AND line = 1", entry)
		return []finding{{1, row("entry", entry), "1 ZAR left over"}, {8, row("entry", entry), "changed"}, {1, "trial balance in ZAR", "1"},
			{2, "float SHOP", "as its postings sum to"}}
	},
	"a posting moved to another account": func(b *burglar, d busyDay) []finding {
		entry := b.entryOf(d.delivered, ledger.EntrySaleMoved)
		b.one("UPDATE posting SET account = 'income:fees' WHERE entry_id = ? AND account = 'income:commission'", entry)
		return []finding{{8, row("entry", entry), "changed"}}
	},
	"a deleted posting": func(b *burglar, d busyDay) []finding {
		entry := b.entryOf(d.delivered, ledger.EntrySaleMoved)
		b.one("DELETE FROM posting WHERE entry_id = ? AND line = 2", entry)
		return []finding{{1, row("entry", entry), "posting 3 in its place"}, {8, row("entry", entry), "changed"}}
	},
	"the date of a posting": func(b *burglar, d busyDay) []finding {
		entry := b.entryOf(d.delivered, ledger.EntrySaleMoved)
		b.one("UPDATE posting SET at = ? WHERE entry_id = ? AND line = 2", b.clock.Now(), entry)
		return []finding{{1, "posting 2 of " + row("entry", entry), "the time of its entry"}, {8, row("entry", entry), "changed"}}
	},
	"a deleted entry": func(b *burglar, d busyDay) []finding {
		entry := b.entryOf(d.delivered, ledger.EntrySaleMoved)
		b.one("DELETE FROM entry WHERE id = ?", entry)
		return []finding{{8, row("entry", entry), "to be there"}, {1, "posting 1 of " + row("entry", entry), "an entry it belongs to"},
			{8, row("sale", d.delivered.ID), `state "held"`}}
	},
	"an entry that never was": func(b *burglar, d busyDay) []finding {
		b.one("INSERT INTO entry SELECT ?, at, kind, sale_id, leg_id, actor, body FROM entry WHERE id = ?",
			ledger.NewID(), b.entryOf(d.delivered, ledger.EntrySaleMoved))
		return []finding{{8, row("sale", d.delivered.ID), "held to delivered by entry"}, {8, row("leg", b.vendLeg(d.delivered)), "to stay accepted"}}
	},
	"who made an entry": func(b *burglar, d busyDay) []finding {
		entry := b.entryOf(d.reversed, ledger.EntryProposal)
		b.one("UPDATE entry SET actor = 'somebody else' WHERE id = ?", entry)
		return []finding{{8, row("entry", entry), "changed"}}
	},
	"the time of an entry": func(b *burglar, d busyDay) []finding {
		entry := b.entryOf(d.stock, ledger.EntrySaleSold)
		b.one("UPDATE entry SET at = ? WHERE id = ?", b.clock.Now(), entry)
		return []finding{{8, row("entry", entry), "changed"}, {8, row("sale", d.stock.ID), "opened_at"}}
	},
	"a body that is not one": func(b *burglar, d busyDay) []finding {
		entry := b.entryOf(d.delivered, ledger.EntrySaleMoved)
		b.one("UPDATE entry SET body = 'gone' WHERE id = ?", entry)
		return []finding{{8, row("entry", entry), "a body of kind sale.moved"}, {8, row("entry", entry), "changed"}}
	},
	"an entry twice, of different times": func(b *burglar, d busyDay) []finding {
		entry := b.entryOf(d.stock, ledger.EntrySaleSold)
		b.one("INSERT INTO entry SELECT id, ?, kind, sale_id, leg_id, actor, body FROM entry WHERE id = ?", b.clock.Now(), entry)
		return []finding{{8, row("entry", entry), "two of different times"}, {8, row("sale", d.stock.ID), "another"}}
	},
	"a sale's state": func(b *burglar, d busyDay) []finding {
		b.one("UPDATE sale SET state = 'declined' WHERE id = ?", d.delivered.ID)
		return []finding{{8, row("sale", d.delivered.ID), `state "delivered"; state "declined"`},
			{4, b.tokenOf(d.delivered), "declined"}}
	},
	"a sale's target": func(b *burglar, d busyDay) []finding {
		b.one("UPDATE sale SET target = '999' WHERE id = ?", d.declined.ID)
		return []finding{{8, row("sale", d.declined.ID), `target "01234567890"; target "999"`}}
	},
	"when a sale was settled": func(b *burglar, d busyDay) []finding {
		b.one("UPDATE sale SET settled_at = NULL WHERE id = ?", d.declined.ID)
		return []finding{{8, row("sale", d.declined.ID), "settled_at empty"}}
	},
	"a sale's hold": func(b *burglar, d busyDay) []finding {
		b.one("UPDATE sale SET hold = 1 WHERE id = ?", d.held.ID)
		return []finding{{2, "float SHOP", "as its open sales hold"}, {8, row("sale", d.held.ID), `hold "1"`}}
	},
	"a deleted sale": func(b *burglar, d busyDay) []finding {
		b.one("DELETE FROM sale WHERE id = ?", d.delivered.ID)
		return []finding{{6, row("sale", d.delivered.ID), "a row"}, {4, b.tokenOf(d.delivered), "a delivered sale"},
			{6, b.messageOf(d.delivered), "its sale"}, {8, row("leg", b.vendLeg(d.delivered)), "its sale"}}
	},
	"a sale that never was": func(b *burglar, d busyDay) []finding {
		id := ledger.NewID()
		b.one(`INSERT INTO sale SELECT ?, client, date_time, number + 1000, channel, operation, merchant, terminal, cashier, product, supplier,
			target, quantity, tender, commission, hold, currency, receipt_no, state, reason, opened_at, settled_at, outcome
			FROM sale WHERE id = ?`, id, d.delivered.ID)
		return []finding{{8, row("sale", id), "an entry that began it"}, {6, row("sale", id), "an outcome that opens"}}
	},
	"an outcome swapped with another's": func(b *burglar, d busyDay) []finding {
		b.one("UPDATE sale SET outcome = (SELECT outcome FROM sale WHERE id = ?) WHERE id = ?", d.late.ID, d.delivered.ID)
		return []finding{{6, row("sale", d.delivered.ID), "outcome of SHA-256"}, {6, row("sale", d.delivered.ID), "an outcome that opens"}}
	},
	"a lost outcome": func(b *burglar, d busyDay) []finding {
		b.one("UPDATE sale SET outcome = NULL WHERE id = ?", d.delivered.ID)
		return []finding{{6, row("sale", d.delivered.ID), "none"}}
	},
	"a voucher given to another sale": func(b *burglar, d busyDay) []finding {
		id := b.voucherOf(d.stock)
		b.one("UPDATE voucher SET sale_id = ? WHERE id = ?", d.delivered.ID, id)
		return []finding{{4, row("voucher", id), "to belong to sale " + d.stock.ID.String()}, {4, row("voucher", id), "an entry that sold it"}}
	},
	"a sold voucher put back into stock": func(b *burglar, d busyDay) []finding {
		id := b.voucherOf(d.stock)
		b.one("UPDATE voucher SET sale_id = NULL WHERE id = ?", id)
		return []finding{{4, row("voucher", id), "to belong to sale " + d.stock.ID.String()}}
	},
	"a voucher of a sale that was declined": func(b *burglar, d busyDay) []finding {
		id := b.id("SELECT id FROM voucher WHERE sale_id IS NULL LIMIT 1")
		b.one("UPDATE voucher SET sale_id = ? WHERE id = ?", d.declined.ID, id)
		return []finding{{4, row("voucher", id), "a delivered sale"}, {4, row("voucher", id), "an entry that sold it"}}
	},
	"a PIN swapped with another's": func(b *burglar, d busyDay) []finding {
		id := b.voucherOf(d.stock)
		b.one("UPDATE voucher SET pin = (SELECT pin FROM voucher WHERE sale_id IS NULL LIMIT 1) WHERE id = ?", id)
		return []finding{{4, row("voucher", id), "a PIN that opens"}}
	},
	"the keyed hash of a PIN": func(b *burglar, d busyDay) []finding {
		id := b.voucherOf(d.stock)
		b.one("UPDATE voucher SET pin_hash = ? WHERE id = ?", make([]byte, 32), id)
		return []finding{{4, row("voucher", id), "the keyed hash is not that of the PIN"}}
	},
	"a voucher put back on sale out of quarantine": func(b *burglar, d busyDay) []finding {
		id := b.id("SELECT id FROM voucher WHERE state = 'quarantined' LIMIT 1")
		b.one("UPDATE voucher SET state = 'active' WHERE id = ?", id)
		return []finding{{8, b.stockRow(), "4 vouchers of face value 4000 and cost 3680; 5 vouchers"},
			{8, b.stockRow() + ", quarantined", "1 vouchers of face value 1000 and cost 920; 0 vouchers"}}
	},
	"a voucher said to be returned": func(b *burglar, d busyDay) []finding {
		id := b.id("SELECT id FROM voucher WHERE state = 'active' LIMIT 1")
		b.one("UPDATE voucher SET state = 'returned' WHERE id = ?", id)
		return []finding{{8, b.stockRow() + ", returned", "an entry that loaded it"}, {8, "account stock:MOBILE in ZAR", "cost"}}
	},
	"a voucher said to be sold": func(b *burglar, d busyDay) []finding {
		id := b.id("SELECT id FROM voucher WHERE state = 'active' LIMIT 1")
		b.one("UPDATE voucher SET state = 'sold' WHERE id = ?", id)
		return []finding{{4, row("voucher", id), "a sale, as it is sold"}, {8, "account stock:MOBILE in ZAR", "cost"}}
	},
	"an unsold voucher stolen": func(b *burglar, d busyDay) []finding {
		b.one("DELETE FROM voucher WHERE id = ?", b.id("SELECT id FROM voucher WHERE state = 'active' LIMIT 1"))
		return []finding{{8, b.stockRow(), "4 vouchers of face value 4000 and cost 3680; 3 vouchers"}}
	},
	"what a voucher cost": func(b *burglar, d busyDay) []finding {
		b.one("UPDATE voucher SET cost = cost - 20 WHERE id = ?", b.voucherOf(d.stock))
		return []finding{{8, b.stockRow(), "cost 3680; 4 vouchers of face value 4000 and cost 3660"}}
	},
	"vouchers that nobody delivered": func(b *burglar, d busyDay) []finding {
		b.one("UPDATE voucher SET batch = 'smuggled' WHERE id = ?", b.id("SELECT id FROM voucher WHERE sale_id IS NULL LIMIT 1"))
		return []finding{{8, "stock of MOBILE, batch smuggled, product AIR10", "an entry that loaded it"}}
	},
	"a float's posted amount": func(b *burglar, d busyDay) []finding {
		b.one("UPDATE float SET posted = posted + 1 WHERE merchant = 'KIOSK'")
		return []finding{{2, "float KIOSK", "posted -1500, as its postings sum to; -1499"}}
	},
	"a float's held amount": func(b *burglar, d busyDay) []finding {
		b.one("UPDATE float SET held = held - 9850 WHERE merchant = 'SHOP'")
		return []finding{{2, "float SHOP", "held 19700, as its open sales hold; 9850"}}
	},
	"a float's credit line": func(b *burglar, d busyDay) []finding {
		b.one("UPDATE float SET credit_line = 999999 WHERE merchant = 'SHOP'")
		return []finding{{8, "float SHOP", "credit line 5000, as it was set; 999999"}}
	},
	"a blocked float opened": func(b *burglar, d busyDay) []finding {
		if b.options.Driver == ledger.Postgres {
			b.one("UPDATE float SET blocked = false WHERE merchant = 'KIOSK'")
		} else {
			b.one("UPDATE float SET blocked = 0 WHERE merchant = 'KIOSK'")
		}
		return []finding{{8, "float KIOSK", "blocked true, as its merchant is blocked; false"}}
	},
	"a deleted float": func(b *burglar, d busyDay) []finding {
		b.one("DELETE FROM float WHERE merchant = 'KIOSK'")
		return []finding{{2, "float KIOSK", "a row"}}
	},
	"the deposit that paid for the sales": func(b *burglar, d busyDay) []finding {
		entry := b.id("SELECT id FROM entry WHERE kind = 'deposit' ORDER BY id LIMIT 1")
		b.exec("DELETE FROM posting WHERE entry_id = ?", entry)
		b.one("DELETE FROM entry WHERE id = ?", entry)
		return []finding{{3, row("sale", d.delivered.ID), "no more than was available on float SHOP"}, {8, row("entry", entry), "to be there"}}
	},
	"a hold that was smaller than what was taken": func(b *burglar, d busyDay) []finding {
		b.one(`UPDATE entry SET body = replace(body, '"released":9850', '"released":9849') WHERE id = ?`, b.entryOf(d.delivered, ledger.EntrySaleMoved))
		return []finding{{3, row("sale", d.delivered.ID), "at most the hold of 9849"}, {8, row("sale", d.delivered.ID), `hold "1"`}}
	},
	"the state of a leg": func(b *burglar, d busyDay) []finding {
		id := b.vendLeg(d.declined)
		b.one("UPDATE leg SET state = 'accepted' WHERE id = ?", id)
		return []finding{{8, row("leg", id), `state "declined"; state "accepted"`}}
	},
	"an answer replaced": func(b *burglar, d busyDay) []finding {
		id := b.vendLeg(d.delivered)
		b.one("UPDATE leg SET evidence = (SELECT evidence FROM leg WHERE id = ?) WHERE id = ?", b.vendLeg(d.late), id)
		return []finding{{8, row("leg", id), "evidence"}}
	},
	"a deleted outbound leg": func(b *burglar, d busyDay) []finding {
		id := b.vendLeg(d.delivered)
		b.one("DELETE FROM leg WHERE id = ?", id)
		return []finding{{5, row("leg", id), "a row"}, {4, b.tokenOf(d.delivered), "an accepted leg"}, {5, b.upstreamOf(id), "its leg"}}
	},
	"a deleted inbound leg": func(b *burglar, d busyDay) []finding {
		b.one("DELETE FROM leg WHERE id = ?", d.delivered.ID)
		return []finding{{8, row("leg", d.delivered.ID), "a row"}}
	},
	"a leg of a sale that never was": func(b *burglar, d busyDay) []finding {
		id := b.copyLeg(b.vendLeg(d.delivered), d.delivered.ID)
		return []finding{{8, row("leg", id), "an entry that opened it"}}
	},
	"a lookup that never was": func(b *burglar, d busyDay) []finding {
		id := b.copyLeg(b.id("SELECT id FROM leg WHERE sale_id IS NULL AND direction = 'out' AND state = 'accepted'"), zero)
		return []finding{{8, row("leg", id), "an entry that opened it"}}
	},
	"a deleted lookup": func(b *burglar, d busyDay) []finding {
		id := b.id("SELECT id FROM leg WHERE sale_id IS NULL AND direction = 'in' AND state = 'accepted'")
		b.one("DELETE FROM leg WHERE id = ?", id)
		return []finding{{8, row("leg", id), "a row"}}
	},
	"a lookup that is still open": func(b *burglar, d busyDay) []finding {
		id := b.id("SELECT id FROM leg WHERE sale_id IS NULL AND direction = 'out' AND state = 'open'")
		b.one("UPDATE leg SET state = 'accepted' WHERE id = ?", id)
		return []finding{{8, row("leg", id), `state "open"; state "accepted"`}}
	},
	"the beginning of a lookup": func(b *burglar, d busyDay) []finding {
		id := b.id("SELECT id FROM leg WHERE sale_id IS NULL AND direction = 'in' AND state = 'accepted'")
		b.one("DELETE FROM entry WHERE leg_id = ? AND kind = 'leg.opened'", id)
		return []finding{{8, row("leg", id), "only entry"}, {8, row("leg", id), "an entry that opened it"}}
	},
	"a token given to another sale": func(b *burglar, d busyDay) []finding {
		token := b.tokenOf(d.delivered)
		b.one("UPDATE token SET sale_id = ? WHERE sale_id = ?", d.declined.ID, d.delivered.ID)
		return []finding{{4, token, "claimed for sale " + d.declined.ID.String()}, {4, token, "a delivered sale"}, {4, token, "an entry that delivered it"}}
	},
	"a token set free": func(b *burglar, d busyDay) []finding {
		token := b.tokenOf(d.delivered)
		b.one("DELETE FROM token WHERE sale_id = ?", d.delivered.ID)
		return []finding{{4, token, "not claimed"}}
	},
	"a message id set free": func(b *burglar, d busyDay) []finding {
		name := b.messageOf(d.delivered)
		b.one("DELETE FROM message WHERE sale_id = ?", d.delivered.ID)
		return []finding{{6, name, "not claimed"}}
	},
	"the digest of a request": func(b *burglar, d busyDay) []finding {
		b.one("UPDATE message SET digest = ? WHERE sale_id = ?", make([]byte, 32), d.delivered.ID)
		return []finding{{6, b.messageOf(d.delivered), "digest 07"}}
	},
	"a message id given to another sale": func(b *burglar, d busyDay) []finding {
		b.one("UPDATE message SET sale_id = ? WHERE sale_id = ?", d.declined.ID, d.delivered.ID)
		return []finding{{6, b.messageOf(d.delivered), "claimed for sale " + d.declined.ID.String()}}
	},
	"a void message id set free": func(b *burglar, d busyDay) []finding {
		b.one("DELETE FROM message WHERE kind = 'void'")
		return []finding{{8, "message", "1 void ids"}}
	},
	"an upstream message id set free": func(b *burglar, d busyDay) []finding {
		id := b.vendLeg(d.delivered)
		b.one("DELETE FROM upstream_message WHERE leg_id = ?", id)
		return []finding{{5, row("leg", id), "claimed by no leg"}}
	},
	"an upstream message without a leg": func(b *burglar, d busyDay) []finding {
		b.one("INSERT INTO upstream_message (supplier, date_time, number, leg_id) VALUES ('COUNTY', 'never', 7, ?)", ledger.NewID())
		return []finding{{5, "upstream message COUNTY never 7", "its leg"}}
	},
	"a deleted exception": func(b *burglar, d busyDay) []finding {
		b.one("DELETE FROM exception WHERE id = ?", d.exception)
		return []finding{{7, row("exception", d.exception), "a row"}}
	},
	"an exception closed by nobody": func(b *burglar, d busyDay) []finding {
		b.one("UPDATE exception SET closed_at = opened_at WHERE id = ?", d.exception)
		return []finding{{8, row("exception", d.exception), `closed "false"; closed "true"`}}
	},
	"the owner of an exception": func(b *burglar, d busyDay) []finding {
		b.one("UPDATE exception SET owner = 'ben' WHERE id = ?", d.exception)
		return []finding{{8, row("exception", d.exception), `owner "anna"; owner "ben"`}}
	},
	"an exception that never was": func(b *burglar, d busyDay) []finding {
		b.one("INSERT INTO exception SELECT ?, kind, sale_id, leg_id, note, evidence, owner, opened_at, closed_at FROM exception WHERE id = ?",
			ledger.NewID(), d.exception)
		return []finding{{8, "exception", "2 rows, as the journal tells; 3"}}
	},
	"a seal's chain value": func(b *burglar, d busyDay) []finding {
		b.one("UPDATE seal SET chain = ? WHERE n = 3", make([]byte, 32))
		return []finding{{8, "seal 3", "chain"}, {8, "seal 4", "chain"}}
	},
	"a seal's entry hash": func(b *burglar, d busyDay) []finding {
		b.one("UPDATE seal SET entry_hash = ? WHERE n = 3", []byte("short"))
		return []finding{{8, row("entry", b.id("SELECT entry_id FROM seal WHERE n = 3")), "changed"}, {8, "seal 3", "chain"}}
	},
	"a deleted seal": func(b *burglar, d busyDay) []finding {
		b.one("DELETE FROM seal WHERE n = 3")
		return []finding{{8, "seal 4", "a gap"}}
	},
	"a signature": func(b *burglar, d busyDay) []finding {
		b.one("UPDATE seal_head SET signature = ?", make([]byte, 64))
		return []finding{{8, b.headRow(), "its signature does not verify"}}
	},
	"who signed": func(b *burglar, d busyDay) []finding {
		b.one("UPDATE seal_head SET key_id = 'stranger'")
		return []finding{{8, b.headRow(), "key is not in the key file"}}
	},
	"when a head was signed": func(b *burglar, d busyDay) []finding {
		b.one("UPDATE seal_head SET signed_at = ?", b.clock.Now().Add(1e9))
		return []finding{{8, b.headRow(), "its signature does not verify"}}
	},
	"the chain value of a head": func(b *burglar, d busyDay) []finding {
		b.one("UPDATE seal_head SET chain = ?", make([]byte, 32))
		return []finding{{8, b.headRow(), "chain"}, {8, b.headRow(), "its signature does not verify"}}
	},
	"a head beyond the chain": func(b *burglar, d busyDay) []finding {
		b.one("UPDATE seal_head SET n = 5000")
		return []finding{{8, "head 5000", "a seal of that number"}}
	},
}

func (b *burglar) tokenOf(sale ledger.Order) string {
	b.t.Helper()
	var hash []byte
	b.must(b.db.Get(&hash, b.db.Rebind("SELECT hash FROM token WHERE sale_id = ?"), sale.ID))
	return fmt.Sprintf("token %x", hash)
}

func (b *burglar) messageOf(sale ledger.Order) string {
	return fmt.Sprintf("message %s %s %d", sale.Message.Client, sale.Message.DateTime, sale.Message.Number)
}

func (b *burglar) upstreamOf(leg ledger.ID) string {
	b.t.Helper()
	var m struct {
		Supplier string `db:"supplier"`
		DateTime string `db:"date_time"`
		Number   int    `db:"number"`
	}
	b.must(b.db.Get(&m, b.db.Rebind("SELECT supplier, date_time, number FROM upstream_message WHERE leg_id = ?"), leg))
	return fmt.Sprintf("upstream message %s %s %d", m.Supplier, m.DateTime, m.Number)
}

func (b *burglar) voucherOf(sale ledger.Order) ledger.ID {
	b.t.Helper()
	return b.id("SELECT id FROM voucher WHERE sale_id = ? ORDER BY id LIMIT 1", sale.ID)
}

func (b *burglar) stockRow() string {
	b.t.Helper()
	var batch string
	b.must(b.db.Get(&batch, "SELECT DISTINCT batch FROM voucher"))
	return "stock of MOBILE, batch " + batch + ", product AIR10"
}

func (b *burglar) headRow() string {
	b.t.Helper()
	var n int
	b.must(b.db.Get(&n, "SELECT n FROM seal_head"))
	return fmt.Sprint("head ", n)
}

// copyLeg makes a leg like another one, with a message id of its own.
func (b *burglar) copyLeg(leg, sale ledger.ID) ledger.ID {
	b.t.Helper()
	id := ledger.NewID()
	var saleID any
	if sale != zero {
		saleID = sale
	}
	b.one(`INSERT INTO leg (id, opened_at, sale_id, direction, vend, operation, party, date_time, number, state, code, note, amount,
			target, closed_at, evidence, node, lease_until, asked, absent, next_at)
		SELECT ?, opened_at, ?, direction, vend, operation, party, date_time, number + 1000, state, code, note, amount,
			target, closed_at, evidence, node, lease_until, asked, absent, next_at FROM leg WHERE id = ?`, id, saleID, leg)
	return id
}

func TestEveryTamperingIsFoundAndNamed(t *testing.T) {
	inEachTown(t, func(t *testing.T, w *town) {
		day := w.busyDay()
		w.seal()
		wantClean(t, w.verify())
		b := w.burgle()
		b.remember()
		for name, tamper := range tamperings {
			t.Run(name, func(t *testing.T) {
				defer b.recall()
				wanted := tamper(b, day)
				report := w.verify()
				for _, want := range wanted {
					wantFinding(t, report, want)
				}
			})
		}
		wantClean(t, w.verify())
	})
}
