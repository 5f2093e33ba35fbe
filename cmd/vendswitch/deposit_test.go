package main

import (
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/chart"
)

// told has a bank tell of a deposit at 09:12 on 14 November, as the intake records
// it. Without a merchant its reference names nobody.
func (d *desk) told(store *ledger.Store, channel ledger.Channel, amount int64, merchant string, change func(*ledger.Notification)) ledger.Deposit {
	d.t.Helper()
	n := ledger.Notification{Bank: "FNB", Account: "482913", Currency: "ZAR", Amount: amount, Kind: "eft", Reference: "ref " + merchant, Date: "2026-11-14",
		BankedAt: time.Date(2026, 11, 14, 7, 12, 0, 0, time.UTC), Balance: &amount, Merchant: merchant, Unmatched: "the reference names no merchant"}
	if change != nil {
		change(&n)
	}
	list, err := store.RecordDeposits(d.t.Context(), ledger.DepositRequest{Message: d.message(store, channel), Actor: "intake", Action: "credit", Template: "fnb 1",
		Notifications: []ledger.Notification{n}, Terms: ledger.DepositTerms{Postings: chart.DepositPostings(1500),
			Fee: func(ledger.Deposit) ledger.DepositFee { return ledger.DepositFee{Amount: 500, Rule: "flat 1"} },
			Tell: func(n ledger.DepositNews) (drafts []ledger.NoticeDraft) {
				for _, c := range n.Contacts {
					drafts = append(drafts, ledger.NoticeDraft{Channel: c.Channel, To: c.Address, Text: "money"})
				}
				return drafts
			}}})
	if err != nil {
		d.t.Fatal(err)
	}
	return list[0].Deposit
}

// message stores a bank's message.
func (d *desk) message(store *ledger.Store, channel ledger.Channel) ledger.ID {
	d.t.Helper()
	d.number++
	m, _, err := store.ReceiveBankMessage(d.t.Context(), ledger.InboundMessage{Channel: channel, TransportID: fmt.Sprint(d.number), Gateway: "gw",
		Sender: "FNB", Content: []byte("FNB:-) R10.00 \x1b[2J from J Smith")})
	if err != nil {
		d.t.Fatal(err)
	}
	return m.ID
}

// unparsed is a message that no template could read.
func (d *desk) unparsed(store *ledger.Store) ledger.ID {
	d.t.Helper()
	id := d.message(store, ledger.SMS)
	_, err := store.RecordDeposits(d.t.Context(), ledger.DepositRequest{Message: id, Actor: "intake", Action: "unparsed", Reason: "no template reads it", Review: true})
	if err != nil {
		d.t.Fatal(err)
	}
	return id
}

// dead is a notice that was given up.
func (d *desk) dead(store *ledger.Store) ledger.ID {
	d.t.Helper()
	list, err := store.Notices(d.t.Context(), ledger.NoticeFilter{State: ledger.NoticeDue})
	if err != nil || len(list) == 0 {
		d.t.Fatal(err, len(list))
	}
	if _, err := store.NoticeFailed(d.t.Context(), list[0].ID, "no such number", time.Now(), true); err != nil {
		d.t.Fatal(err)
	}
	return list[0].ID
}

func capped(n *ledger.Notification)   { n.Capped = true }
func unproven(n *ledger.Notification) { n.Unproven = true }

// has fails unless the text has all the parts.
func (d *desk) has(text string, parts ...string) {
	d.t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			d.t.Errorf("there is no %q in\n%s", part, text)
		}
	}
}

func TestAnOperatorFollowsADepositFromTheMessageToTheMerchant(t *testing.T) {
	atEachDesk(t, func(t *testing.T, d *desk) {
		d.setUp()
		d.do("merchant", "contact", "add", "M0001", "--sms", "+27 82 555 0134")
		d.has(d.do("merchant", "key", "list", "M0001"), "0825550134", "cell", "code")
		store := d.open()
		credited := d.told(store, ledger.SMS, 250_000, "M0001", nil)
		d.told(store, ledger.Mail, 250_000, "M0001", nil)
		d.has(d.do("deposit", "show", credited.ID.String()), "credited", "seen by SMS", "confirmed by e-mail", "fee 5.00 flat 1", "to M0001",
			"M0001 told by SMS: due", "float:M0001")
		if waits := d.do("deposit", "list", "--json"); strings.TrimSpace(waits) != "[]" {
			t.Errorf("what waits is %s", waits)
		}
		d.has(d.do("deposit", "list", "--all"), credited.ID.String())

		shown := d.told(store, ledger.SMS, 900_000, "M0001", unproven)
		d.has(d.do("merchant", "list"), "PROVISIONAL", "9000.00")
		d.has(d.do("deposit", "list", "--state", "provisional"), shown.ID.String(), "a confirmation is awaited")
	})
}

func TestPeopleDecideWhatWaits(t *testing.T) {
	atEachDesk(t, func(t *testing.T, d *desk) {
		d.setUp()
		store := d.open()
		nobodys := d.told(store, ledger.SMS, 250_000, "", nil).ID.String()
		d.as("ANNA").do("deposit", "claim", "M0001", "2500.00", "--account", "2913", "--at", "2026-11-14 09:12")
		d.has(d.do("deposit", "list"), "allocate to M0001, by ANNA")
		d.has(d.do("deposit", "show", nobodys), "claimed by M0001", "Proposed: allocate to M0001")
		if code, _, failed := d.as("ANNA").run("deposit", "confirm", nobodys, "M0001"); code == exitOK {
			t.Error("one person did both")
		} else {
			d.has(failed, "a second person must")
		}
		d.has(d.as("BEN").do("deposit", "confirm", nobodys, "M0001"), "is credited to M0001")

		held := d.told(store, ledger.SMS, 9_000_000, "M0001", capped).ID.String()
		d.has(d.as("ANNA").do("deposit", "approve", held), "is credited to M0001")
		d.has(d.as("ANNA").do("deposit", "return", held, "--evidence", "statement 14"), "until a second person gives the same command")
		d.has(d.as("BEN").do("deposit", "return", held, "--evidence", "statement 14"), "is returned")
		d.has(d.do("deposit", "show", held), "returned, was credited", "decided by ANNA and BEN")

		forged := d.told(store, ledger.SMS, 800_000, "M0001", unproven).ID.String()
		d.as("ANNA").do("deposit", "refuse", forged, "--evidence", "statement 14")
		d.has(d.as("BEN").do("deposit", "refuse", forged, "--evidence", "statement 14"), "is refused")
		d.do("audit", "verify")
	})
}

func TestAMessageIsShownWithoutWhatSteersATerminal(t *testing.T) {
	atEachDesk(t, func(t *testing.T, d *desk) {
		d.setUp()
		store := d.open()
		id := d.unparsed(store).String()
		d.has(d.do("deposit", "messages"), id, "no template reads it")
		shown := d.as("ANNA").do("deposit", "message", id, "--reason", "to see")
		d.has(shown, "R10.00 ?[2J from J Smith")
		if strings.Contains(shown, "\x1b") {
			t.Error("an escape got through")
		}
		d.do("deposit", "review", id, "--note", "new wording")
		d.do("deposit", "review", id, "--note", "a template reads it now", "--again")
		if m, err := store.BankMessage(t.Context(), mustParse(t, id)); err != nil || m.State != ledger.MessageReceived {
			t.Errorf("message is %s, %v", m.State, err)
		}
	})
}

func mustParse(t *testing.T, id string) ledger.ID {
	t.Helper()
	parsed, err := uuid.Parse(id)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

func TestWhatWaitsAndWhoWasNotToldIsMeasured(t *testing.T) {
	atEachDesk(t, func(t *testing.T, d *desk) {
		d.setUp()
		d.do("merchant", "contact", "add", "M0001", "--sms", "0825550134")
		store := d.open()
		d.told(store, ledger.SMS, 250_000, "", nil)
		d.told(store, ledger.SMS, 260_000, "M0001", nil)
		d.told(store, ledger.SMS, 270_000, "M0001", unproven)
		d.dead(store)
		registry := prometheus.NewRegistry()
		registry.MustRegister(newGauges(store, slog.New(slog.NewTextHandler(io.Discard, nil))))
		families, err := registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		got := make(map[string]float64)
		for _, f := range families {
			for _, m := range f.GetMetric() {
				name := f.GetName()
				for _, l := range m.GetLabel() {
					name += " " + l.GetValue()
				}
				got[name] = m.GetGauge().GetValue()
			}
		}
		for name, want := range map[string]float64{"vendswitch_deposits_waiting suspense": 1, "vendswitch_deposits_waiting provisional": 1,
			"vendswitch_deposits_waiting held": 0, "vendswitch_notices_due": 1, "vendswitch_notices_dead": 1} {
			if value, there := got[name]; !there || value != want {
				t.Errorf("%s is %v, want %v", name, value, want)
			}
		}
		if got["vendswitch_notices_due_oldest_seconds"] <= 0 {
			t.Error("the notice that is due has no age")
		}
	})
}

func TestMoneyIsEnteredByHandByTwoOperators(t *testing.T) {
	atEachDesk(t, func(t *testing.T, d *desk) {
		d.setUp() // which has credited 500.00
		enter := []string{"merchant", "credit", "M0001", "20.00", "--reference", "BANK-2", "--fee", "1"}
		d.has(d.as("ANNA").do(enter...), "proposed by ANNA: 20.00 to M0001; it is credited when a second person gives the same command")
		if code, _, failed := d.as("ANNA").run(enter...); code == exitOK {
			t.Error("one operator did both")
		} else {
			d.has(failed, "deposit BANK-2: a second person must confirm; who has proposed it cannot confirm it")
		}
		d.has(d.do("deposit", "list"), "allocate to M0001, by ANNA", "entered by hand")
		other := append([]string{}, enter...)
		other[3] = "21.00"
		if code, _, failed := d.as("BEN").run(other...); code == exitOK {
			t.Error("another amount was taken")
		} else {
			d.has(failed, `two people may refuse it with "vendswitch deposit refuse"`)
		}
		d.has(d.as("BEN").do(enter...), "20.00 credited to M0001, available now 519.00")
		d.do("audit", "verify")
	})
}

func TestTemplatesThatLoseADepositMustNotGoLive(t *testing.T) {
	atEachDesk(t, func(t *testing.T, d *desk) {
		d.setUp()
		store := d.open()
		_, _, err := store.ReceiveBankMessage(t.Context(), ledger.InboundMessage{Channel: ledger.SMS, TransportID: "1", Gateway: "gw", Sender: "FNB",
			Content: []byte("FNB:-) R2500.00 paid to Business a/c..482913 @ Eft. Ref.M0001. 14Nov 09:12")})
		if err != nil {
			t.Fatal(err)
		}
		settings := write(t, "banks.toml", "[deposit.bank.FNB]\nsms_senders = [\"FNB\"]\naccounts = [\"482913\"]\n")
		replay := func(folder string) (int, string, string) {
			return d.as("ANNA").run("deposit", "replay", "--templates", folder, "--why", "new wording", "-c", settings)
		}
		code, out, failed := replay(t.TempDir())
		if code != exitOK {
			t.Fatalf("the same templates: %d, %s", code, failed)
		}
		d.has(out, "1 messages: 0 are read otherwise")
		// These read what FNB calls a payment, and nothing else.
		narrow := filepath.Dir(write(t, "fnb.toml", `bank = "FNB"
currency = { "R" = "ZAR" }
starts = ['FNB ?:-\)']
[[template]]
name = "payment"
version = 1
kind = "deposit"
text = 'FNB ?:-\) ?Payment of {amount} to a/c\.\.{account}\. Ref\.{reference}\. {date} {time}'
example = ["FNB:-) Payment of R75.00 to a/c..482913. Ref.M1. 14Nov 09:20"]
`))
		code, out, failed = replay(narrow)
		if code != exitFailed {
			t.Errorf("exit code %d", code)
		}
		d.has(out, "! ", `deposit R2500.00 "M0001" to 482913 at FNB`, "1 messages: 1 are read otherwise, 0 of them tell of a deposit only now, 1 would lose one")
		d.has(failed, "these templates must not go live")
	})
}
