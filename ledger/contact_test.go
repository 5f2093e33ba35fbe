package ledger_test

import (
	"strings"
	"testing"
	"time"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/ledgertest"
	"github.com/vendswitch/vendswitch/ledger/vault"
	"github.com/vendswitch/vendswitch/upstream/bank"
)

func TestACellNumberIsTenDigitsHoweverItIsWritten(t *testing.T) {
	for _, number := range []string{"0825550134", "082 555 0134", "+27825550134", "27 82 555-0134", "(082) 555.0134"} {
		if got, err := ledger.NormaliseCell(number); err != nil || got != "0825550134" {
			t.Errorf("%q is %q, %v", number, got, err)
		}
	}
	for _, number := range []string{"", "825550134", "08255501345", "0825550a34", "+1 082 555 0134", "２７825550134"} {
		if got, err := ledger.NormaliseCell(number); err == nil {
			t.Errorf("%q is %q", number, got)
		}
	}
}

func TestAMerchantsContactsAreKeptOnceAndMaskedInTheJournal(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		cell := ledger.Contact{Merchant: merchant, Channel: ledger.SMS, Address: "+27825550134"}
		mail := ledger.Contact{Merchant: merchant, Channel: ledger.Mail, Address: "owner@shop.example"}
		must(t, w.AddContact(t.Context(), "boss", cell, true))
		must(t, w.AddContact(t.Context(), "boss", mail, false))
		wantErr(t, w.AddContact(t.Context(), "boss", mail, false), ledger.ErrExists)
		other := cell
		other.Merchant = "NOBODY"
		wantErr(t, w.AddContact(t.Context(), "boss", other, false), ledger.ErrNotFound)
		for _, bad := range []ledger.Contact{{Merchant: merchant, Channel: ledger.SMS, Address: "12"},
			{Merchant: merchant, Channel: ledger.Mail, Address: "Owner <owner@shop.example>"}, {Merchant: merchant, Channel: "fax", Address: "1"}} {
			if err := w.AddContact(t.Context(), "boss", bad, false); err == nil {
				t.Errorf("%v was added", bad)
			}
		}
		list, err := w.Contacts(t.Context(), merchant)
		must(t, err)
		if len(list) != 2 || list[0] != mail || list[1].Address != "0825550134" {
			t.Errorf("contacts are %v", list)
		}
		if n := w.scalar(t, "SELECT COUNT(*) FROM entry WHERE body LIKE '%0825550134%' OR body LIKE '%owner@%'"); n != 0 {
			t.Errorf("%d entries tell the address", n)
		}
		must(t, w.RemoveContact(t.Context(), "boss", cell))
		wantErr(t, w.RemoveContact(t.Context(), "boss", cell), ledger.ErrNotFound)
	})
}

func TestAKeyNamesOneMerchant(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		must(t, w.AddMerchant(t.Context(), "boss", ledger.Merchant{Code: "corner", Currency: zar, Status: ledger.Active}))
		wantErr(t, w.AddMerchant(t.Context(), "boss", ledger.Merchant{Code: "CORNER", Currency: zar, Status: ledger.Active}), ledger.ErrExists)
		cell, err := w.AddDepositKey(t.Context(), "boss", merchant, "+27825550134")
		must(t, err)
		_, err = w.AddDepositKey(t.Context(), "boss", "corner", "0825550134")
		wantErr(t, err, ledger.ErrExists)
		issued, err := w.IssueDepositKey(t.Context(), "boss", "corner")
		must(t, err)
		_, err = w.IssueDepositKey(t.Context(), "boss", "NOBODY")
		wantErr(t, err, ledger.ErrNotFound)

		owners, err := w.MerchantsByKeys(t.Context(), []string{"m0001", cell, strings.ToLower(issued), "Corner", "NOBODY"})
		must(t, err)
		if len(owners) != 4 || owners["m0001"] != merchant || owners[cell] != merchant || owners[strings.ToLower(issued)] != "corner" || owners["Corner"] != "corner" {
			t.Errorf("owners are %v", owners)
		}
		keys, err := w.DepositKeys(t.Context(), merchant)
		must(t, err)
		if len(keys) != 2 || keys[0].Kind != ledger.KeyCell || keys[1].Kind != ledger.KeyCode {
			t.Errorf("keys are %v", keys)
		}
		wantErr(t, w.RemoveDepositKey(t.Context(), "boss", merchant, "M0001"), ledger.ErrState)
		wantErr(t, w.RemoveDepositKey(t.Context(), "boss", merchant, issued), ledger.ErrNotFound)
		must(t, w.RemoveDepositKey(t.Context(), "boss", "corner", issued))
	})
}

func TestAnIssuedKeyWithAMistypedDigitIsNone(t *testing.T) {
	reader, err := bank.NewReader(bank.DefaultTemplates(), bank.Policy{Zone: time.UTC, Keys: []bank.KeyShape{{Pattern: "M1[0-9]{6,}", Check: bank.Luhn}}})
	must(t, err)
	onEachStore(t, func(t *testing.T, w *world) {
		key, err := w.IssueDepositKey(t.Context(), "boss", merchant)
		must(t, err)
		if found := reader.Candidates("rent " + strings.ToLower(key)); len(key) != 8 || len(found.Keys) != 1 || found.Keys[0] != key {
			t.Fatalf("of key %q are found %+v", key, found)
		}
		for i := 2; i < len(key); i++ {
			for digit := byte('0'); digit <= '9'; digit++ {
				if wrong := key[:i] + string(digit) + key[i+1:]; digit != key[i] && len(reader.Candidates(wrong).Keys) != 0 {
					t.Errorf("%s is a key as well as %s", wrong, key)
				}
			}
		}
	})
}

func TestMerchantsFromBeforeThereWereKeysHaveTheirCodesAsKeys(t *testing.T) {
	t.Parallel()
	for driver, dsn := range map[string]func(testing.TB) string{ledger.Postgres: ledgertest.EmptyPostgreSQL, ledger.SQLite: ledgertest.EmptySQLite} {
		t.Run(driver, func(t *testing.T) {
			at := dsn(t)
			must(t, ledger.MigrateTo(t.Context(), driver, at, 4))
			old := &world{options: ledger.Options{Driver: driver, DSN: at}}
			for _, code := range []string{"corner", "M0001", "twin", "TWIN"} {
				old.direct(t).MustExec("INSERT INTO merchant (code, name, address, currency, status) VALUES ('" + code + "', '', '', 'ZAR', 'active')")
			}
			w := openWorldOf(t, driver, at)
			owners, err := w.MerchantsByKeys(t.Context(), []string{"CORNER", "M0001", "TWIN"})
			must(t, err)
			if len(owners) != 2 || owners["CORNER"] != "corner" || owners["M0001"] != "M0001" {
				t.Errorf("owners are %v", owners)
			}
		})
	}
}

// openWorldOf opens a ledger that has its parties already.
func openWorldOf(t testing.TB, driver, dsn string) *world {
	t.Helper()
	_, _, err := ledger.Migrate(t.Context(), driver, dsn)
	must(t, err)
	w := &world{options: ledger.Options{Driver: driver, DSN: dsn, Sealer: vault.Ephemeral()}}
	w.Store = w.open(t, "node-a")
	return w
}
