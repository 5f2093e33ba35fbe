package deposit_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/switch/deposit"
	"github.com/vendswitch/vendswitch/upstream/bank"
)

// readerWith reads with another policy for FNB.
func readerWith(t *testing.T, templates *bank.Templates, accounts ...bank.Account) *bank.Reader {
	t.Helper()
	r, err := bank.NewReader(templates, bank.Policy{Zone: johannesburg, AuthServID: "mx.evd-operator.example",
		Keys:  []bank.KeyShape{{Pattern: "M1[0-9]{5}"}},
		Banks: []bank.BankPolicy{{Name: "FNB", MailFrom: []string{"inContact@fnb.co.za"}, SMSSenders: []string{"FNB"}, Accounts: accounts}}})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestAReplayNamesWhatOtherTemplatesReadOtherwise(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		const unread = "FNB:-) Instant money of R75.00 for M100402 has come in to a/c..482913. 14Nov 09:20"
		w.take(texted("1", paid), texted("2", unread))
		own := readerWith(t, bank.DefaultTemplates(), bank.Account{Number: "62001482913", Currency: "ZAR"})
		look := func(after *bank.Reader) (deposit.Replayed, []deposit.Difference) {
			var list []deposit.Difference
			sum, err := deposit.Replay(t.Context(), w.store, "ann", "new wording", own, after, func(d deposit.Difference) error {
				list = append(list, d)
				return nil
			})
			w.must(err)
			return sum, list
		}
		if sum, _ := look(own); sum != (deposit.Replayed{Messages: 2}) {
			t.Errorf("by the same templates: %+v", sum)
		}
		// Another account: the deposit that was read would be lost.
		sum, list := look(readerWith(t, bank.DefaultTemplates(), bank.Account{Number: "111111", Currency: "ZAR"}))
		if sum.Losing != 1 || len(list) != 1 || !list[0].Losing || !strings.Contains(list[0].After, string(bank.NotOperatorAccount)) {
			t.Errorf("with another account: %+v, %+v", sum, list)
		}
		// A minute that is not read would have each deposit taken for another one.
		sum, list = look(readerWith(t, fnb(t, `{amount} paid to Business a/c\.\.{account} @ Eft\. Ref\.{reference}\. {date} [0-9:]+`), bank.Account{Number: "62001482913", Currency: "ZAR"}))
		if sum.Losing != 1 || len(list) != 1 || !list[0].Losing || !strings.HasSuffix(list[0].Before, `14 09:12 for [M100234]; believed`) {
			t.Errorf("without the minute: %+v, %+v", sum, list)
		}
		// A template of the operator's own reads what none could.
		sum, list = look(readerWith(t, added(t), bank.Account{Number: "62001482913", Currency: "ZAR"}))
		if sum != (deposit.Replayed{Messages: 2, Differences: 1, Gained: 1}) || !strings.Contains(list[0].After, "deposit R75.00") {
			t.Errorf("with a template more: %+v, %+v", sum, list)
		}
		w.wantFloat("M100402", 0)
		entries, err := w.store.Entries(t.Context(), ledger.EntryFilter{Kind: ledger.EntryOperator, Limit: -1})
		w.must(err)
		if last := entries[len(entries)-1]; last.Actor != "ann" || !strings.Contains(last.Body, "new wording") {
			t.Errorf("the journal says %+v", last)
		}
	})
}

// fnb are the templates with one for FNB, after its name, instead of ours.
func fnb(t *testing.T, text string) *bank.Templates {
	t.Helper()
	folder := t.TempDir()
	file := "bank = \"FNB\"\ncurrency = { \"R\" = \"ZAR\" }\nstarts = ['FNB ?:-\\)']\n[[template]]\nname = \"paid\"\nversion = 2\nkind = \"deposit\"\ntext = 'FNB ?:-\\) ?" +
		text + "'\nexample = [\"" + paid + "\"]\n"
	if err := os.WriteFile(filepath.Join(folder, "fnb.toml"), []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	templates, err := bank.LoadTemplates(folder)
	if err != nil {
		t.Fatal(err)
	}
	return templates
}

// added are the templates with one more for FNB.
func added(t *testing.T) *bank.Templates {
	t.Helper()
	folder := t.TempDir()
	text, err := os.ReadFile("testdata/fnb-more.toml")
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, "fnb-more.toml"), text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	templates, err := bank.LoadTemplates(folder)
	if err != nil {
		t.Fatal(err)
	}
	return templates
}
