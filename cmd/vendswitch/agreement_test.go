package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
	"github.com/ProtonMail/gopenpgp/v3/crypto"

	"github.com/vendswitch/vendswitch/conformance/sim/supplier"
	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/ledgertest"
	"github.com/vendswitch/vendswitch/upstream/stockmail/envelope"
)

func TestWhoeverApprovesAnAgreementSeesEachKeyThatItPinsFirst(t *testing.T) {
	d := newDesk(t, ledger.SQLite, ledgertest.SQLite(t))
	d.setUp()
	ours, err := supplier.New(supplier.Config{Code: "CELLX", Address: "stock@cellx.example"})
	if err != nil {
		t.Fatal(err)
	}
	other, err := supplier.New(supplier.Config{Code: "CELLX", Address: "stock@cellx.example"})
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(cellxAgreement(ours), ours.PublicKey(), ours.PublicKey()+"\n"+other.PublicKey(), 1)
	text = "# files are signed by nobody we know\n" + text
	said := d.do("supplier", "agree", "CELLX", d.write("two.toml", text))
	for _, key := range []string{ours.PublicKey(), other.PublicKey()} {
		print, err := envelope.Fingerprint(key)
		if err != nil {
			t.Fatal(err)
		}
		for name, out := range map[string]string{
			"agree": said, "the table": d.do("supplier", "agreements"), "the list": d.do("supplier", "agreements", "--json"),
			"one version": d.do("supplier", "agreements", "CELLX", "--text", "1", "--json"),
		} {
			if !strings.Contains(out, print) {
				t.Errorf("%s does not show %s:\n%s", name, print, out)
			}
		}
		code, out, aside := d.run("supplier", "agreements", "CELLX", "--text", "1")
		if code != exitOK || out != text || !strings.Contains(aside, print) {
			t.Errorf("exit %d: beside the text is said: %s", code, aside)
		}
	}
	var approved struct{ Fingerprints []string }
	if err := json.Unmarshal([]byte(d.as("BEN").do("supplier", "approve", "CELLX", "1", "--json")), &approved); err != nil || len(approved.Fingerprints) != 2 {
		t.Errorf("approved: %+v, %v", approved, err)
	}
}

// keyed is CELLX's agreement with another key.
func keyed(t *testing.T, key *crypto.Key, order string) string {
	t.Helper()
	ours, err := supplier.New(supplier.Config{Code: "CELLX", Address: "stock@cellx.example"})
	if err != nil {
		t.Fatal(err)
	}
	public, err := key.GetArmoredPublicKey()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Replace(cellxAgreement(ours), ours.PublicKey(), public, 1) + order
}

func TestAnAgreementWhoseKeyCannotBeUsedIsNotProposed(t *testing.T) {
	d := newDesk(t, ledger.SQLite, ledgertest.SQLite(t))
	d.setUp()
	made := func(at time.Time, lifetime int32) *crypto.Key {
		t.Helper()
		key, err := crypto.PGP().KeyGeneration().AddUserId("Cell X", "stock@cellx.example").GenerationTime(at.Unix()).Lifetime(lifetime).New().GenerateKey()
		if err != nil {
			t.Fatal(err)
		}
		return key
	}
	now := time.Now()
	revoked := made(now.AddDate(0, 0, -2), 0)
	if err := revoked.GetEntity().Revoke(packet.KeyCompromised, "stolen", nil); err != nil {
		t.Fatal(err)
	}
	signs := made(now.AddDate(0, 0, -2), 0)
	signs.GetEntity().Subkeys = nil
	for _, tc := range []struct {
		key         *crypto.Key
		order, says string
	}{
		{made(now.AddDate(0, 0, -20), 24*60*60), "", "pgp_key: the supplier's key has expired: "},
		{revoked, "", "pgp_key: the supplier's key is revoked: "},
		{made(now.AddDate(0, 0, 2), 0), "", "pgp_key: the signature is not valid at this time: "},
		{signs, orderRules, "pgp_key: the key cannot be used: no key that is pinned for CELLX can be encrypted to"},
		{signs, "", ""},
		{signs, "[order]\nmail = \"orders@cellx.example\"\n", ""},
		{made(now.AddDate(0, 0, -2), 0), orderRules, ""},
	} {
		code, _, failed := d.run("supplier", "agree", "CELLX", d.write("keyed.toml", keyed(t, tc.key, tc.order)))
		if (code == exitOK) != (tc.says == "") || !strings.Contains(failed, tc.says) {
			t.Errorf("exit %d: %s\nand not %s", code, failed, tc.says)
		}
	}
}

// Whose a mail is, is told by its address and by the key that signs it.
func TestTwoSuppliersHaveNoKeyOrAddressInCommon(t *testing.T) {
	d := newDesk(t, ledger.SQLite, ledgertest.SQLite(t))
	d.setUp()
	s := d.supply()
	d.do("supplier", "add", "OTHER", "--kind", "stock", "--name", "Other")
	d.do("product", "add", "OTHERX10", "--supplier", "OTHER", "--kind", "voucher", "--face", "10", "--commission", "5", "--name", "Other R10")
	others := strings.ReplaceAll(strings.ReplaceAll(cellxAgreement(s.Supplier), `"CELLX"`, `"OTHER"`), `"CELLX10"`, `"OTHERX10"`)
	if code, _, failed := d.run("supplier", "agree", "OTHER", d.write("other.toml", others)); code != exitFailed || !strings.Contains(failed, "other.toml: mail: the stock mails of CELLX come from stock@cellx.example too") {
		t.Errorf("exit %d: %s", code, failed)
	}
	others = strings.Replace(others, "stock@cellx.example", "stock@other.example", 1)
	if code, _, failed := d.run("supplier", "agree", "OTHER", d.write("other.toml", others)); code != exitFailed || !strings.Contains(failed, "is pinned twice, for CELLX and for OTHER") {
		t.Errorf("exit %d: %s", code, failed)
	}
}

func TestAnAgreementThatDiffersFromWhatIsOnSaleSaysSo(t *testing.T) {
	d := newDesk(t, ledger.SQLite, ledgertest.SQLite(t))
	d.setUp()
	s := d.supply()
	text := strings.Replace(cellxAgreement(s.Supplier), "vat = 15", "vat = 14", 1)
	said := d.do("supplier", "agree", "CELLX", d.write("differs.toml", text)) + d.as("BEN").do("supplier", "approve", "CELLX", "2")
	for _, says := range []string{"the commission of CELLX10 is 0.00 % in sales, and 5.00 % in the agreement", "VAT of CELLX is 15.00 % on slips, and 14.00 % in the agreement"} {
		if strings.Count(said, says) != 2 {
			t.Errorf("%q is not said twice: %s", says, said)
		}
	}
	code, _, failed := d.run("supplier", "agree", "CELLX", d.write("differs.toml", text))
	if code != exitFailed || !strings.Contains(failed, "not proposed: agreement with CELLX: this very agreement is in force; there is nothing to change") {
		t.Errorf("the same again: exit %d: %s", code, failed)
	}
}

func TestAnAgreementThatNoLongerHoldsIsNotApproved(t *testing.T) {
	d := newDesk(t, ledger.SQLite, ledgertest.SQLite(t))
	d.setUp()
	key, err := crypto.PGP().KeyGeneration().AddUserId("Cell X", "stock@cellx.example").GenerationTime(time.Now().AddDate(0, 0, -20).Unix()).Lifetime(60).New().GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	// Proposed while the key was good.
	if _, err := d.open().ProposeAgreement(t.Context(), "ANNA", "CELLX", keyed(t, key, "")); err != nil {
		t.Fatal(err)
	}
	code, _, failed := d.as("BEN").run("supplier", "approve", "CELLX", "1")
	if code != exitFailed || !strings.Contains(failed, "not approved: agreement 1 with CELLX: pgp_key: the supplier's key has expired") {
		t.Errorf("exit %d: %s", code, failed)
	}
}
