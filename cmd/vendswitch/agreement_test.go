package main

import (
	"encoding/json"
	"strings"
	"testing"

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
