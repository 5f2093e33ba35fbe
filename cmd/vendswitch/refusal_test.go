package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/vendswitch/vendswitch/conformance/sim/supplier"
	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/ledgertest"
)

// sqlWording is what only a database says.
var sqlWording = regexp.MustCompile(`(?i)constraint|sql|pq:|foreign|unique|violat|insert into|relation|syntax|\btable\b|\bnull\b|bigint|datatype|overflow`)

func TestWrongInputIsRefusedInWordsThatHelp(t *testing.T) {
	atEachDesk(t, func(t *testing.T, d *desk) {
		d.setUp()
		d.do("stock", "load", "-", "--supplier", "CELLX", "--batch", "2", "<", stockFile("S2,70021111"))
		store := d.open()
		sold := d.sold(store).String()
		saleID, legID := d.unknown(store)
		unresolved := d.raise(store, ledger.ExceptionUnresolved, saleID, legID).String()
		nobodys := d.told(store, ledger.SMS, 250_000, "", nil).ID.String()
		told, err := store.BankMessages(t.Context(), ledger.BankMessageFilter{})
		if err != nil || len(told) != 1 {
			t.Fatal(err, len(told))
		}
		finished := told[0].ID.String()
		acme, err := supplier.New(supplier.Config{Code: "CELLX", Address: "stock@cellx.example"})
		if err != nil {
			t.Fatal(err)
		}
		folder, err := os.MkdirTemp("", "agreed") // whose name says nothing of a database
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(folder)
		aside := func(name, text string) string {
			name = filepath.Join(folder, name)
			if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			return name
		}
		const nothing = "0198c1f2-0000-7000-8000-000000000001"
		long := strings.Repeat("9", 18)
		for _, tc := range []struct {
			verb []string
			says string
		}{
			{[]string{"supplier", "add", "CELLX", "--kind", "stock", "--name", "Another"}, `supplier CELLX: exists already; choose another, "vendswitch supplier list" shows those there are`},
			{[]string{"supplier", "add", "", "--kind", "stock", "--name", "Another"}, `supplier code "" is not 1 to 64 characters without a space`},
			{[]string{"supplier", "add", "A B", "--kind", "stock", "--name", "Another"}, `supplier code "A B" is not`},
			{[]string{"supplier", "set", "NONE", "--timeout", "3s"}, `supplier NONE: not found; "vendswitch supplier list" shows those there are`},
			{[]string{"supplier", "set", "TOWN", "--url", "ftp://x"}, `"ftp://x" is not an http or https address`},
			{[]string{"supplier", "block", "NONE"}, `supplier NONE: not found; "vendswitch supplier list" shows`},
			{[]string{"supplier", "route", "NONE", "03000000000", "03999999999"}, `route 03000000000 to 03999999999 of NONE: supplier NONE not found; add it first with "vendswitch supplier add"`},
			{[]string{"supplier", "route", "TOWN", "01000000000", "01999999999"}, `of TOWN: exists already; "vendswitch supplier routes" shows those there are`},
			{[]string{"supplier", "route", "TOWN", "03000000000", "02999999999"}, `is not a range of meter numbers of one length`},
			{[]string{"supplier", "unroute", "TOWN", "03000000000", "03999999999"}, `not found; "vendswitch supplier routes" shows those there are`},
			{[]string{"product", "add", "NEW", "--supplier", "NONE", "--kind", "voucher", "--face", "10", "--name", "New"}, `product NEW: supplier NONE not found; add it first with "vendswitch supplier add", or see "vendswitch supplier list"`},
			{[]string{"product", "add", "CELLX10", "--supplier", "CELLX", "--kind", "voucher", "--face", "10", "--name", "New"}, `product CELLX10: exists already; choose another, "vendswitch product list" shows those there are`},
			{[]string{"product", "add", "NEW", "--supplier", "CELLX", "--kind", "voucher", "--face", "10", "--name", "New", "--currency", "rand"}, `currency "rand" is not three capital letters, as in ZAR`},
			{[]string{"product", "add", "NEW", "--supplier", "CELLX", "--kind", "voucher", "--face", "10", "--name", "New", "--currency", "JPY"}, `currency JPY does not have two decimals`},
			{[]string{"product", "add", "NEW", "--supplier", "CELLX", "--kind", "voucher", "--face", "-10", "--name", "New"}, `perhaps try --face="-10"?`},
			{[]string{"product", "add", "NEW", "--supplier", "CELLX", "--kind", "voucher", "--face", "10" + long[:15], "--name", "New"}, `is too large: the most is 10000000000000.00`},
			{[]string{"product", "add", "NEW", "--supplier", "CELLX", "--kind", "voucher", "--face", "10", "--commission", "101", "--name", "New"}, `"101" is not a percentage`},
			{[]string{"product", "add", "NEW", "--supplier", "TOWN", "--kind", "electricity", "--min", "10", "--max", "5", "--name", "New"}, `10.00 to 5.00 is not a range of amounts`},
			{[]string{"product", "add", "NEW", "--supplier", "TOWN", "--kind", "electricity", "--max=-5", "--name", "New"}, `0.00 to -5.00 is not a range of amounts`},
			{[]string{"product", "block", "NONE"}, `product NONE: not found; "vendswitch product list" shows`},
			{[]string{"merchant", "add", "M0001", "--name", "Another"}, `merchant M0001: exists already; choose another, "vendswitch merchant list" shows those there are`},
			{[]string{"merchant", "add", "", "--name", "Another"}, `merchant key "" is not`},
			{[]string{"merchant", "add", "NEW", "--name", "Another", "--currency", "zar"}, `currency "zar" is not three capital letters, as in ZAR`},
			{[]string{"merchant", "add", "NEW", "--name", "Another", "--credit-line", long}, `is too large: the most is 10000000000000.00`},
			{[]string{"merchant", "add", "NEW", "--name", "Another", "--credit-line", "99999999999999"}, `is too large: the most is 10000000000000.00`},
			{[]string{"merchant", "add", "NEW", "--name", "Another", "--credit-line=-5"}, `a credit line is not negative`},
			{[]string{"merchant", "credit", "NONE", "5", "--reference", "BANK-9"}, `merchant NONE: not found; "vendswitch merchant list" shows`},
			{[]string{"merchant", "credit", "M0001", "5", "--reference", "BANK-1"}, `deposit BANK-1: exists already; a reference is credited once, "vendswitch report postings --account float:M0001" shows what was`},
			{[]string{"merchant", "credit", "M0001", "99999999999999", "--reference", "BANK-9"}, `is too large: the most is 10000000000000.00`},
			{[]string{"merchant", "credit", "M0001", "5", "--reference", ""}, `--reference is empty`},
			{[]string{"merchant", "line", "NONE", "5"}, `merchant NONE: not found; "vendswitch merchant list" shows`},
			{[]string{"merchant", "line", "M0001", "99999999999999"}, `is too large: the most is 10000000000000.00`},
			{[]string{"merchant", "block", "NONE"}, `merchant NONE: not found; "vendswitch merchant list" shows`},
			{[]string{"merchant", "add", "M0003", "--name", " "}, `a name is printed on slips and cannot be empty`},
			{[]string{"client", "add", "new", "--merchant", "NONE"}, `client new: merchant NONE not found; add it first with "vendswitch merchant add", or see "vendswitch merchant list"`},
			{[]string{"client", "add", "6009990000018", "--merchant", "M0001"}, `client 6009990000018: exists already; choose another, "vendswitch client list" shows`},
			{[]string{"client", "add", "new", "--merchant", "M0001", "--budget=-5s"}, `leaves no time to sell`},
			{[]string{"client", "add", "", "--merchant", "M0001"}, `client id "" is not`},
			{[]string{"client", "block", "NONE"}, `client NONE: not found; "vendswitch client list" shows`},
			{[]string{"terminal", "add", "NONE", "7"}, `terminal 7: client NONE not found; add it first with "vendswitch client add", or see "vendswitch client list"`},
			{[]string{"terminal", "add", "6009990000018", "7"}, `terminal 7: exists already; choose another, "vendswitch terminal list 6009990000018" shows`},
			{[]string{"terminal", "list", "NONE"}, `client NONE: not found; "vendswitch client list" shows`},
			{[]string{"terminal", "block", "6009990000018", "NONE"}, `not found; "vendswitch terminal list 6009990000018" shows`},
			{[]string{"cashier", "add", "NONE", "THANDI", "--password-file", "-", "<", "Sample123"}, `cashier THANDI: client NONE not found; add it first with "vendswitch client add"`},
			{[]string{"cashier", "add", "6009990000018", "THANDI", "--password-file", "-", "<", "Sample123"}, `cashier THANDI: exists already; choose another, "vendswitch cashier list 6009990000018" shows`},
			{[]string{"cashier", "add", "6009990000018", "BEN", "--password-file", "-", "<", "x"}, `a password has 6 to 15 characters`},
			{[]string{"cashier", "list", "NONE"}, `client NONE: not found; "vendswitch client list" shows`},
			{[]string{"cashier", "password", "6009990000018", "NONE", "--password-file", "-", "<", "Sample123"}, `cashier NONE of client 6009990000018: not found; "vendswitch cashier list 6009990000018" shows`},
			{[]string{"cashier", "block", "6009990000018", "NONE"}, `cashier NONE of client 6009990000018: not found; "vendswitch cashier list 6009990000018" shows`},
			{[]string{"stock", "load", "-", "--supplier", "NONE", "--batch", "9", "<", stockFile("S9,70091111")}, `batch 9 of NONE: supplier not found; "vendswitch supplier list" and "vendswitch product list" show those there are`},
			{[]string{"stock", "load", "-", "--supplier", "TOWN", "--batch", "9", "<", stockFile("S9,70091111")}, `voucher product "CELLX10" of this supplier not found; "vendswitch supplier list" and`},
			{[]string{"stock", "load", "-", "--supplier", "CELLX", "--batch", "1", "<", stockFile("S9,70091111")}, `batch 1 of CELLX: exists already: this number was used before, in batch 1 of CELLX, loaded on `},
			{[]string{"stock", "load", "-", "--supplier", "CELLX", "--batch", "9", "<", stockFile("S1,70091111")}, `exists already: serial S1 was delivered before, in batch 1 of CELLX, loaded on `},
			{[]string{"stock", "load", "-", "--supplier", "CELLX", "--batch", "9", "<", stockFile("S9,70011111")}, `exists already: the PIN of serial S9 was delivered before, in batch 1 of CELLX, loaded on `},
			{[]string{"stock", "load", "-", "--supplier", "CELLX", "--batch", "9", "<", stockFile("S\xff,70091111")}, `batch 9 of CELLX: line 2: is not UTF-8`},
			{[]string{"stock", "load", "-", "--supplier", "CELLX", "--batch", "9", "<", stockFile()}, `no vouchers`},
			{[]string{"stock", "load", "-", "--supplier", "CELLX", "--batch", "9", "<", strings.ReplaceAll(stockFile("S9,70091111"), "10.00", "11.00")}, `serial S9: its face value is 11.00 ZAR, the product's is 10.00 ZAR`},
			{[]string{"stock", "load", "-", "--supplier", "CELLX", "--batch", "9", "<", strings.ReplaceAll(stockFile("S9,70091111"), "9.20", long)}, `line 2: cost: too large: the most is 10000000000000.00`},
			{[]string{"stock", "approve", "CELLX", "1"}, `batch 1 of CELLX: it is active, not awaiting; "vendswitch stock batches" shows who decided on it`},
			{[]string{"stock", "approve", "CELLX", "NONE"}, `batch NONE of CELLX: not found; "vendswitch stock batches" shows`},
			{[]string{"stock", "reject", "CELLX", "NONE", "--reason", "r"}, `batch NONE of CELLX: not found; "vendswitch stock batches" shows`},
			{[]string{"stock", "quarantine", "CELLX", "NONE", "--reason", "r"}, `not quarantined: batch NONE of CELLX: not found; "vendswitch stock batches" shows`},
			{[]string{"stock", "quarantine", "CELLX", "1", "--serial", "S9", "--reason", "r"}, `serial S9: not found; "vendswitch stock batches" shows`},
			{[]string{"stock", "withdraw", "return", "CELLX", "NONE", "--reason", "r"}, `not withdrawn: batch NONE of CELLX: not found; "vendswitch stock proposals" shows those there are`},
			{[]string{"stock", "withdraw", "return", "CELLX", "1", "--reason", "r"}, `not withdrawn: batch 1 of CELLX: a proposal to return it, with these serials, is not found; "vendswitch stock proposals" shows`},
			{[]string{"stock", "withdraw", "sale", "CELLX", "1", "--reason", "r"}, `release`},
			{[]string{"stock", "find", "S9"}, `serial S9: not found; it may have been in a batch that was rejected`},
			{[]string{"stock", "find", "S1", "--supplier", "CELLY"}, `supplier CELLY: not found; "vendswitch supplier list" shows those there are`},
			{[]string{"stock", "proof", "S1", "--supplier", "CELLY"}, `supplier CELLY: not found; "vendswitch supplier list" shows those there are`},
			{[]string{"stock", "proof", "S9"}, `serial S9: not found; it may have been in a batch that was rejected`},
			{[]string{"stock", "cover", "--days", "0"}, `--days is at least 1`},
			{[]string{"supplier", "agree", "CELLX", aside("a.toml", "cost = 8\n")}, `a.toml: `},
			{[]string{"supplier", "agree", "cellx.toml", "CELLX"}, `there is no file CELLX; the supplier's code comes first, and then the file`},
			{[]string{"stock", "quarantine", "CELLX", "2", "--reason", "r"}, `not quarantined: batch 2 of CELLX: it is awaiting, not active; "vendswitch stock list" shows`},
			{[]string{"supplier", "agree", "OTHER", aside("b.toml", cellxAgreement(acme))}, `it is an agreement with CELLX, not OTHER`},
			{[]string{"supplier", "agree", "CELLX", aside("c.toml", strings.ReplaceAll(cellxAgreement(acme), "CELLX10", "CELLX11"))}, `product CELLX11: not found; add it first with "vendswitch product add"`},
			{[]string{"supplier", "agree", "CELLX", aside("d.toml", strings.ReplaceAll(cellxAgreement(acme), `"10.00"`, `"11.00"`))}, `product CELLX10 is on sale as voucher of CELLX at 10.00 ZAR, and agreed as voucher of CELLX at 11.00 ZAR; a product stays what it is: if that is wrong, take it off sale with "vendswitch product block CELLX10", add another code`},
			{[]string{"supplier", "agree", "CELLX", aside("e.toml", strings.ReplaceAll(cellxAgreement(acme), `"ZAR"`, `"USD"`))}, `product CELLX10 is on sale as voucher of CELLX at 10.00 ZAR, and agreed as voucher of CELLX at 10.00 USD`},
			{[]string{"supplier", "agree", "CELLX", aside("f.toml", strings.ReplaceAll(cellxAgreement(acme), "CELLX10", "TOWNELEC"))}, `product TOWNELEC is on sale as electricity of TOWN at 0.00 ZAR, and agreed as voucher of CELLX at 10.00 ZAR`},
			{[]string{"supplier", "agree", "CELLX", aside("g.toml", strings.ReplaceAll(cellxAgreement(acme), acme.PublicKey(), "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nbm9uc2Vuc2U=\n-----END PGP PUBLIC KEY BLOCK-----"))}, `pgp_key: the key cannot be used: what is pinned for CELLX is no armoured PGP public key`},
			{[]string{"stock", "order", "NONE", "--product", "CELLX10", "--quantity", "5"}, `there is no agreement in force with NONE; "vendswitch supplier agreements" shows`},
			{[]string{"stock", "order", "CELLX", "--product", "CELLX10"}, `each --product needs one --quantity`},
			{[]string{"deposit", "replay", "--templates", "nowhere", "--why", "test"}, `the settings name no bank under [deposit.bank.NAME]`},
			{[]string{"supplier", "approve", "CELLX", "1"}, `agreement 1 with CELLX: not found; "vendswitch supplier list" and`},
			{[]string{"stock", "list", "--state", "gone"}, `a voucher is never "gone"; it is awaiting`},
			{[]string{"sale", "list", "--state", "sold"}, `a sale is never "sold"; it is refused, held`},
			{[]string{"sale", "show", nothing}, `not found; "vendswitch sale list" shows those there are`},
			{[]string{"sale", "show", "123", "--merchant", "M0001"}, `receipt 123 of M0001: not found; "vendswitch sale list --merchant M0001" shows`},
			{[]string{"sale", "resolve", nothing, "--as", "declined", "--note", "n", "--evidence", "e"}, `not found; "vendswitch sale list" shows`},
			{[]string{"sale", "resolve", sold, "--as", "declined", "--note", "n", "--evidence", "e"}, `is delivered: only of one that is unknown can be decided that it was declined`},
			{[]string{"sale", "resolve", saleID.String(), "--as", "reversed", "--note", "n", "--evidence", "e"}, `is unknown: only one that is delivered can be reversed`},
			{[]string{"merchant", "contact", "add", "NONE", "--sms", "0825550134"}, `contact of NONE: merchant NONE not found; add it first with "vendswitch merchant add"`},
			{[]string{"merchant", "contact", "add", "M0001", "--sms", "12"}, `"12" is not a cell number: it has ten digits`},
			{[]string{"merchant", "contact", "add", "M0001", "--mail", "nobody"}, `"nobody" is not an e-mail address`},
			{[]string{"merchant", "contact", "remove", "M0001", "--sms", "0825550134"}, `not found; "vendswitch merchant contact list" shows`},
			{[]string{"merchant", "key", "issue", "NONE"}, `merchant NONE not found; add it first with "vendswitch merchant add"`},
			{[]string{"merchant", "key", "add", "NONE", "0825550134"}, `merchant NONE not found; add it first`},
			{[]string{"merchant", "key", "remove", "M0001", "M0001"}, `a merchant's code stays its key`},
			{[]string{"merchant", "key", "remove", "M0001", "X"}, `not found; "vendswitch merchant key list" shows`},
			{[]string{"deposit", "list", "--state", "lost"}, `a deposit is never "lost"; it is credited, provisional`},
			{[]string{"deposit", "show", nothing}, `not found; "vendswitch deposit list --all" shows those there are`},
			{[]string{"deposit", "allocate", nothing, "M0001", "--evidence", "e"}, `not found; "vendswitch deposit list --all" shows`},
			{[]string{"deposit", "allocate", nobodys, "NONE", "--evidence", "e"}, `merchant NONE: not found; "vendswitch merchant list" shows`},
			{[]string{"deposit", "confirm", nobodys, "M0001"}, `nobody has proposed it: not possible in this state; "vendswitch deposit show ` + nobodys},
			{[]string{"deposit", "approve", nobodys}, `it is suspense: not possible in this state; "vendswitch deposit show`},
			{[]string{"deposit", "refuse", nobodys, "--evidence", "e"}, `it is suspense: not possible in this state`},
			{[]string{"deposit", "return", nothing, "--evidence", "e"}, `not found; "vendswitch deposit list --all" shows`},
			{[]string{"deposit", "claim", "NONE", "10", "--account", "2913", "--date", "2026-11-14"}, `merchant NONE: not found; "vendswitch merchant list" shows`},
			{[]string{"deposit", "claim", "M0001", "10", "--account", "2913", "--date", "2026-11-14"}, `no single deposit that is nobody's is so; have the merchant's slip at hand`},
			{[]string{"deposit", "claim", "M0001", "10", "--account", "29", "--date", "2026-11-14"}, `the last 4 digits of the account must be given`},
			{[]string{"deposit", "claim", "M0001", "10", "--account", "2913", "--at", "noon"}, `"noon" is not a minute such as`},
			{[]string{"deposit", "message", nothing, "--reason", "r"}, `not found; "vendswitch deposit messages --all" shows`},
			{[]string{"deposit", "review", nothing, "--note", "n"}, `not found; "vendswitch deposit messages --all" shows`},
			{[]string{"deposit", "review", finished, "--note", "n"}, `waits for no review; "vendswitch deposit messages" shows`},
			{[]string{"deposit", "review", finished, "--note", "n", "--again"}, `it is being read, or has told of a deposit already`},
			{[]string{"notice", "retry", nothing}, `not found; "vendswitch notice list --state dead" shows`},
			{[]string{"exception", "take", nothing}, `not found; it is closed or never was; "vendswitch exception list --all" shows all`},
			{[]string{"exception", "close", nothing, "--note", "n"}, `not found; it is closed or never was; "vendswitch exception list --all" shows all`},
			{[]string{"exception", "close", unresolved, "--note", "n"}, "its sale is still unknown: find out what became of it and settle it with \"vendswitch sale resolve " + saleID.String() + "\""},
			{[]string{"report", "legs", "--state", "gone"}, `a leg is never "gone"; it is open`},
			{[]string{"report", "postings", "--from", "2026-13-01"}, `"2026-13-01" is not a date`},
		} {
			code, out, failed := d.run(tc.verb...)
			if code == exitOK {
				t.Errorf("%q was taken: %s", tc.verb, out)
			}
			if !strings.Contains(failed, tc.says) || sqlWording.MatchString(failed) {
				t.Errorf("%q says\n%s\nand not %q", tc.verb, failed, tc.says)
			}
		}
		if list := d.do("merchant", "list", "--json"); strings.Contains(list, "NEW") {
			t.Errorf("what was refused was done in part: %s", list)
		}
	})
}

func TestADatabaseWithoutASchemaSaysWhatToDo(t *testing.T) {
	for driver, dsn := range map[string]func(testing.TB) string{ledger.Postgres: ledgertest.EmptyPostgreSQL, ledger.SQLite: ledgertest.EmptySQLite} {
		t.Run(driver, func(t *testing.T) {
			d := &desk{t: t, driver: driver, dsn: dsn(t), folder: t.TempDir()}
			d.do("keys", "init")
			code, _, failed := d.run("merchant", "list")
			if code != exitFailed || !strings.Contains(failed, "the database has no schema yet; run: vendswitch migrate") || sqlWording.MatchString(failed) {
				t.Errorf("exit %d: %s", code, failed)
			}
		})
	}
}
