package main

import (
	"encoding/json"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/ledgertest"
)

// keyStyle is that of every key: lowerCamelCase.
var keyStyle = regexp.MustCompile(`^[a-z]+([A-Z0-9]+[a-z0-9]*)*$`)

// judge walks what was printed and names what departs from the style of records.
func judge(v any, key string, fault func(string)) {
	switch v := v.(type) {
	case map[string]any:
		for k, inner := range v {
			if !keyStyle.MatchString(k) {
				fault("key " + k + " is not lowerCamelCase")
			}
			judge(inner, k, fault)
		}
	case []any:
		for _, inner := range v {
			judge(inner, key, fault)
		}
	case json.Number:
		if strings.ContainsAny(v.String(), ".eE") {
			fault(key + " is " + v.String() + ", not an integer")
		}
	case string:
		isTime := key == "at" || strings.HasSuffix(key, "At") || key == "leaseUntil"
		at, err := time.Parse(time.RFC3339, v)
		switch {
		case isTime && (err != nil || at.Location() != time.UTC):
			fault(key + " is " + v + ", not a time of RFC 3339 in UTC")
		case isTime && at.IsZero():
			fault(key + " is a time that has not come")
		case !isTime && err == nil:
			fault(key + " holds a time and is not named like one")
		case v == (ledger.ID{}).String():
			fault(key + " is the id of nothing")
		}
	case nil:
		fault(key + " is null")
	}
}

func TestEveryVerbPrintsJSONInOneStyle(t *testing.T) {
	d := newDesk(t, ledger.SQLite, ledgertest.SQLite(t))
	d.setUp()
	store := d.open()
	d.closed(store)
	sold := d.sold(store).String()
	slip := ledger.BatchOwner{Merchant: "M0001", Client: "6009990000018"}
	if _, err := store.DepositSlip(t.Context(), slip, ledger.MessageKey{Client: slip.Client, DateTime: "20261125120000", Number: 1}, "REF1"); err != nil {
		t.Fatal(err)
	}
	saleID, legID := d.unknown(store)
	unknown := saleID.String()
	d.raise(store, ledger.ExceptionUnresolved, saleID, legID)
	d.do("merchant", "contact", "add", "M0001", "--mail", "owner@shop.example")
	credited := d.told(store, ledger.SMS, 250_000, "M0001", nil).ID.String()
	d.told(store, ledger.SMS, 260_000, "", nil)
	nobodys := d.told(store, ledger.SMS, 270_000, "", nil).ID.String()
	held := d.told(store, ledger.SMS, 280_000, "M0001", capped).ID.String()
	forged := d.told(store, ledger.SMS, 290_000, "M0001", unproven).ID.String()
	unread, dead := d.unparsed(store).String(), d.dead(store).String()
	amount := d.raise(store, ledger.ExceptionAmount, saleID, legID).String()

	old := ledger.Batch{Supplier: "CELLX", Name: "OLD", Actor: "ANNA"}
	if _, err := store.LoadStock(t.Context(), old, func(yield func(ledger.Voucher, error) bool) {
		yield(ledger.Voucher{Product: "CELLX10", Serial: "OLD1", PIN: "70990001", Face: 1000, Cost: 920, Currency: "ZAR", ExpiresOn: "2026-01-01"}, nil)
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := store.ApproveStock(t.Context(), "BEN", old.Supplier, old.Name); err != nil {
		t.Fatal(err)
	}
	if _, _, err := store.RecordDelivery(t.Context(), ledger.Delivery{Source: "mailbox", MessageID: "<1@cellx>", CiphertextHash: strings.Repeat("ab", 32)}); err != nil {
		t.Fatal(err)
	}

	supplied := d.supply()
	agreement := write(t, "cellx.toml", strings.Replace(cellxAgreement(supplied.Supplier), `"8%"`, `"9%"`, 1)+orderRules)
	replay := write(t, "replay.toml", "[deposit.bank.FNB]\nsms_senders = [\"FNB\"]\naccounts = [\"482913\"]\n")
	checked := map[string]bool{"serve": true} // which prints a log
	checked["deposit parse"] = true           // whose keys are those of expectations beside messages, with null for what is not said
	verbs := make(map[string]bool)
	for _, verb := range []struct {
		args  string // of the verb, words
		input string // or none
		keys  string // some that it must print, of the first record
	}{
		{args: "keys init", keys: "file"},
		{args: "keys ca --folder " + d.folder, keys: "subject signedBy authority startsAt expiresAt sha256 file keyFile"},
		{args: "keys server --folder " + d.folder, keys: "subject hosts uses"},
		{args: "keys client --id free-id --folder " + d.folder + " --pfx-password-file -", input: "Sample123", keys: "subject uses pfxFile"},
		{args: "stock import " + supplied.mail("0042") + " -c " + supplied.settings(), keys: "id supplier batch lines"},
		{args: "keys pgp --name Operator --email stock@operator.example --folder " + d.folder + "/pgp --passphrase-file -", input: "a long passphrase", keys: "fingerprint file keyFile"},
		{args: "keys show " + d.folder + "/ca.pem", keys: "subject signedBy authority startsAt expiresAt sha256"},
		{args: "migrate", keys: "from to"},
		{args: "operator add CARL --password-file -", input: "a long password", keys: "name status proposedBy"},
		{args: "operator list", keys: "name status proposedBy"},
		{args: "operator approve CARL --by BEN --credential " + d.credential("BEN"), keys: "name status"},
		{args: "operator block CARL", keys: "name status"},
		{args: "operator unblock CARL", keys: "name status proposedBy"},
		{args: "operator password --password-file " + d.credential("ANNA"), keys: "name status"},
		{args: "supplier add BULK --kind stock --name Bulk", keys: "code vatBP commissionBP taxRef"},
		{args: "supplier set TOWN --commission 3.45", keys: "code commissionBP clientID terminalID opName utcOffset settleAfter declined"},
		{args: "supplier list", keys: "code url"},
		{args: "supplier block BULK", keys: "code status"},
		{args: "supplier unblock BULK", keys: "code status"},
		{args: "supplier route TOWN 02000000000 02999999999", keys: "from to supplier"},
		{args: "supplier unroute TOWN 02000000000 02999999999", keys: "from to supplier"},
		{args: "supplier routes", keys: "from to supplier"},
		{args: "product add BULK5 --supplier BULK --kind voucher --face 5 --name Five", keys: "code supplier face commissionBP"},
		{args: "product list", keys: "code supplier face min max currency"},
		{args: "product block BULK5", keys: "code status"},
		{args: "product unblock BULK5", keys: "code status"},
		{args: "merchant add M0002 --name Kiosk --credit-line 100", keys: "code name currency status"},
		{args: "merchant credit M0002 50 --reference BANK-2 --fee 1", keys: "depositID merchant amount fee settled available"},
		{args: "merchant list", keys: "code posted held creditLine available provisional"},
		{args: "merchant line M0002 20", keys: "code creditLine"},
		{args: "merchant block M0002", keys: "code status"},
		{args: "merchant unblock M0002", keys: "code status"},
		{args: "client add free-id --merchant M0002 --budget 20s", keys: "id merchant answerBudget onUnknown onDuplicate"},
		{args: "client list", keys: "id merchant rights"},
		{args: "client block free-id", keys: "id status"},
		{args: "client unblock free-id", keys: "id status"},
		{args: "terminal add free-id 9", keys: "client id status"},
		{args: "terminal list free-id", keys: "client id status"},
		{args: "terminal block free-id 9", keys: "client id status"},
		{args: "terminal unblock free-id 9", keys: "client id status"},
		{args: "cashier add free-id BEN --password-file -", input: "Sample123", keys: "client opName status"},
		{args: "cashier list free-id", keys: "client opName status"},
		{args: "cashier password free-id BEN --password-file -", input: "Sample456", keys: "client opName"},
		{args: "cashier block free-id BEN", keys: "client opName status"},
		{args: "cashier unblock free-id BEN", keys: "client opName status"},
		{args: "stock load - --supplier CELLX --batch 2", input: stockFile("S2,70021111"), keys: "supplier product currency count face cost"},
		{args: "stock approve CELLX 2 --by BEN --credential " + d.credential("BEN"), keys: "id supplier name state loadedBy loadedAt source lines decidedBy decidedAt"},
		{args: "stock batches --count", keys: "id supplier name state loadedBy unattended loadedAt source lines quarantined returned expired"},
		{args: "stock load - --supplier CELLX --batch 3", input: stockFile("S3,70031111"), keys: "product"},
		{args: "stock reject CELLX 3 --reason short", keys: "id state decidedBy decidedAt reason"},
		{args: "stock quarantine CELLX 2 --reason complaint", keys: "supplier batch done moves"},
		{args: "stock batches --supplier CELLX --state active --count", keys: "onSale sold held"},
		{args: "stock find S2", keys: "state moved"},
		{args: "stock release CELLX 2 --reason good", keys: "supplier batch done proposedBy"},
		{args: "stock release CELLX 2 --reason good --by BEN --credential " + d.credential("BEN"), keys: "done proposedBy moves"},
		{args: "stock return CELLX 2 --reason withdrawn", keys: "supplier batch done proposedBy"},
		{args: "stock proposals", keys: "action supplier batch serials proposedBy reason proposedAt"},
		{args: "stock withdraw return CELLX 2 --reason kept", keys: "action supplier batch serials"},
		{args: "stock expire", keys: "supplier batch from to lines"},
		{args: "stock cover", keys: "supplier product status onSale awaiting onOrder face cost sold lead safety level reorder atRisk"},
		{args: "stock find S2", keys: "id supplier product batch serial state face cost currency expiresOn"},
		{args: "stock proof S2", keys: "madeAt voucher entries"},
		{args: "stock reseal", keys: "seen resealed left"},
		{args: "stock deliveries", keys: "id supplier source actor ciphertextHash receivedAt state batch"},
		{args: "supplier agree CELLX " + agreement, keys: "supplier version digest proposedBy proposedAt state fingerprints unsigned differs"},
		{args: "supplier agreements CELLX --text 2", keys: "version state fingerprints unsigned text"},
		{args: "supplier approve CELLX 2 --by BEN --credential " + d.credential("BEN"), keys: "version approvedBy approvedAt state fingerprints differs"},
		{args: "deposit replay --why test --templates ../../switch/deposit/testdata -c " + replay, keys: "messages gained losing"},
		{args: "stock order CELLX --product CELLX10 --quantity 500 --dry-run -c " + supplied.settings(), keys: "supplier agreement lines count face cost currency"},
		{args: "stock order CELLX --product CELLX10 --quantity 500 --folder " + d.folder + " -c " + supplied.settings(),
			keys: "id supplier number orderedBy orderedAt agreement lines count face cost currency file encrypted mail"},
		{args: "stock orders", keys: "id supplier number orderedBy orderedAt agreement lines count face cost currency"},
		{args: "supplier agreements CELLX", keys: "supplier version digest state fingerprints unsigned"},
		{args: "stock list", keys: "state supplier product currency count face cost expiresOn"},
		{args: "sale list", keys: "id message merchant client terminal cashier product supplier tender receiptNo state openedAt"},
		{args: "sale list --state delivered", keys: "id settledAt"},
		{args: "sale show " + sold, keys: "sale legs entries postings"},
		{args: "sale resolve " + unknown + " --as declined --note n --evidence e", keys: "id state settled proposedBy"},
		{args: "sale show " + unknown, keys: "sale legs entries postings proposal"},
		{args: "report legs", keys: "id saleID direction message state amount openedAt"},
		{args: "report legs --state unknown", keys: "nextAt"},
		{args: "report postings", keys: "entryID at kind line account amount currency"},
		{args: "report balance", keys: "account currency balance"},
		{args: "report closings", keys: "endedAt account currency balance"},
		{args: "batch list", keys: "id level number merchant client openedAt sales amount"},
		{args: "batch list --closed --level slip", keys: "reference closedAt"},
		{args: "merchant contact add M0001 --sms 0825550134", keys: "merchant channel address"},
		{args: "merchant contact list", keys: "merchant channel address"},
		{args: "merchant contact remove M0001 --sms 0825550134", keys: "merchant channel address"},
		{args: "merchant key issue M0001", keys: "key merchant kind"},
		{args: "merchant key add M0001 0825550135", keys: "key merchant kind"},
		{args: "merchant key list M0001", keys: "key merchant kind searched"},
		{args: "merchant key remove M0001 0825550135", keys: "key merchant"},
		{args: "deposit list", keys: "id bank account currency amount kind reference date bankedAt balance state reason seenAt settledAt fee"},
		{args: "deposit allocate " + nobodys + " M0001 --evidence slip", keys: "id state merchant settled proposedBy"},
		{args: "deposit confirm " + nobodys + " M0001 --by BEN --credential " + d.credential("BEN"), keys: "id state merchant settled"},
		{args: "deposit claim M0001 2600.00 --account 2913 --date 2026-11-14", keys: "merchant amount proposedBy"},
		{args: "deposit approve " + held, keys: "id state merchant settled"},
		{args: "deposit refuse " + forged + " --evidence e", keys: "id state settled"},
		{args: "deposit return " + credited + " --evidence e", keys: "id state settled"},
		{args: "deposit show " + credited, keys: "deposit sightings entries postings notices"},
		{args: "deposit messages", keys: "id channel transportID gateway sender receivedAt state action reason review"},
		{args: "deposit message " + unread + " --reason r", keys: "id content"},
		{args: "deposit review " + unread + " --note n", keys: "id again"},
		{args: "notice list --state dead", keys: "id event merchant channel state attempts createdAt error"},
		{args: "notice retry " + dead, keys: "id"},
		{args: "exception list", keys: "id kind saleID legID note owner openedAt"},
		{args: "exception take " + amount, keys: "id owner"},
		{args: "exception close " + amount + " --note seen", keys: "id"},
		{args: "exception list --all", keys: "id"},
		{args: "audit verify", keys: "at database ok invariants"},
	} {
		args := append(strings.Fields(verb.args), "--json", "<", verb.input)
		checked[strings.Join(args[:3], " ")], checked[strings.Join(args[:2], " ")], checked[args[0]] = true, true, true
		if !strings.Contains(verb.args, "--credential") {
			verbs[verb.args] = true
		}
		printed := d.do(args...)
		decoder := json.NewDecoder(strings.NewReader(printed))
		decoder.UseNumber()
		var v any
		if err := decoder.Decode(&v); err != nil {
			t.Errorf("%s: %v\n%s", verb.args, err, printed)
			continue
		}
		if _, err := decoder.Token(); err != io.EOF {
			t.Errorf("%s prints more than one document", verb.args)
		}
		judge(v, "", func(fault string) { t.Errorf("%s: %s", verb.args, fault) })
		list, isList := v.([]any)
		if isList && len(list) > 0 {
			v = list[0]
		}
		first, isRecord := v.(map[string]any)
		if !isRecord {
			t.Errorf("%s prints no record:\n%s", verb.args, printed)
		}
		for _, key := range strings.Fields(verb.keys) {
			if _, there := first[key]; !there {
				t.Errorf("%s: the first record has no %s:\n%s", verb.args, key, printed)
			}
		}
	}

	// The same once more by nobody: what it would have changed, it has not.
	before := d.entries(store)
	for args := range verbs {
		d.as("").run(strings.Fields(args)...)
	}
	if after := d.entries(store); after != before {
		t.Errorf("verbs wrote %d entries without an operator", after-before)
	}

	parser, err := Main{Stdout: io.Discard, Stderr: io.Discard}.parser(&cli{}, func(int) {})
	if err != nil {
		t.Fatal(err)
	}
	for _, leaf := range parser.Model.Leaves(false) {
		if verb := strings.TrimPrefix(leaf.FullPath(), "vendswitch "); !checked[verb] {
			t.Errorf("%s --json was not looked at", verb)
		}
	}
}
