package vending_test

import (
	"encoding/base64"
	"fmt"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/argon2"

	"github.com/vendswitch/vendswitch/ledger"
	vending "github.com/vendswitch/vendswitch/switch"
)

func TestOnlyAKnownClientTerminalAndOperatorMayAsk(t *testing.T) {
	cases := []struct {
		name   string
		change func(*vending.Credentials)
		code   vending.Code
	}{
		{"an unknown client", func(c *vending.Credentials) { c.Client = "6009990000025" }, vending.CodeClient},
		{"an unknown terminal", func(c *vending.Credentials) { c.Terminal = "none" }, vending.CodeTerminal},
		{"an unknown operator", func(c *vending.Credentials) { c.OpName = "NOBODY" }, vending.CodeCredentials},
		{"a wrong password", func(c *vending.Credentials) { c.Password = "Sample124" }, vending.CodeCredentials},
		{"no password", func(c *vending.Credentials) { c.Password = "" }, vending.CodeCredentials},
		{"a wrong password with a new one", func(c *vending.Credentials) { c.Password, c.NewPassword = "Sample124", "Sample125" }, vending.CodeCredentials},
	}
	onBoth(t, func(t *testing.T, w *world) {
		for _, c := range cases {
			who := credentials()
			c.change(&who)
			_, err := w.sw.Authenticate(t.Context(), who)
			if f := vending.AsFault(err); err == nil || f.Code != c.code {
				t.Errorf("%s: %v, want %s", c.name, err, c.code)
			}
		}
	})
}

// After a restart no password is recognised. If each of a crowd were hashed, the last
// would have to wait for longer than a request can.
func TestACrowdThatSignsInAtOnceIsHashedOnce(t *testing.T) {
	w := newSQLiteWorld(t)
	const crowd, memory, passes = 200, 64 * 1024, 3 // each takes a tenth of a second or more
	salt := []byte("of sixteen bytes")
	b64 := base64.RawStdEncoding.EncodeToString
	slow := fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=1$%s$%s", argon2.Version, memory, passes,
		b64(salt), b64(argon2.IDKey([]byte(password), salt, passes, memory, 1, 32)))
	err := w.store.AddCashier(t.Context(), "test", ledger.Cashier{Client: clientID, OpName: "CROWD", PasswordHash: slow, Status: ledger.Active})
	if err != nil {
		t.Fatal(err)
	}
	who := credentials()
	who.OpName = "CROWD"
	var signingIn sync.WaitGroup
	for range crowd {
		signingIn.Go(func() {
			if _, err := w.sw.Authenticate(t.Context(), who); err != nil {
				t.Error(err)
			}
		})
	}
	signingIn.Wait()
}

func TestABlockedClientIsRefused(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		client := w.caller.Client
		client.Status = ledger.Blocked
		if err := w.store.SetClient(t.Context(), "test", client); err != nil {
			t.Fatal(err)
		}
		_, err := w.sw.Authenticate(t.Context(), credentials())
		wantFault(t, err, vending.CodeClient)
	})
}

// What is known of a sender is not remembered from one request to the next: a
// terminal that was stolen must not sell once more, whichever node it turns to.
func TestWhatAnotherNodeChangesHoldsAtTheNextRequest(t *testing.T) {
	onPostgreSQL(t, func(t *testing.T, w *world) {
		sw := w.openSwitch(w.store, "a", func(s *vending.Settings) { s.CatalogueAge = time.Hour })
		other, ctx := w.openStore("b"), t.Context()
		w.authenticate(sw)

		change := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		refused := func(code vending.Code) {
			t.Helper()
			_, err := sw.Authenticate(ctx, credentials())
			wantFault(t, err, code)
		}
		change(other.SetTerminalStatus(ctx, "test", clientID, terminalID, ledger.Blocked))
		refused(vending.CodeTerminal)
		change(other.SetTerminalStatus(ctx, "test", clientID, terminalID, ledger.Active))
		w.authenticate(sw)

		change(other.SetCashierStatus(ctx, "test", clientID, opName, ledger.Blocked))
		refused(vending.CodeCredentials)
		change(other.SetCashierStatus(ctx, "test", clientID, opName, ledger.Active))
		w.authenticate(sw)

		client := w.caller.Client
		client.Status = ledger.Blocked
		change(other.SetClient(ctx, "test", client))
		refused(vending.CodeClient)
		client.Status, client.Rights = ledger.Active, []string{"creditVend"}
		change(other.SetClient(ctx, "test", client))
		if caller := w.authenticate(sw); len(caller.Client.Rights) != 1 {
			t.Errorf("its rights are still %q", caller.Client.Rights)
		}

		cashier, err := other.Cashier(ctx, clientID, opName)
		change(err)
		hash, err := vending.HashPassword("Sample456")
		change(err)
		change(other.SetPassword(ctx, opName, clientID, opName, cashier.PasswordHash, hash))
		refused(vending.CodeCredentials)
	})
}

// Who was looked up for one request is not taken for the sender of another.
func TestASenderLookedUpBeforeMustBeTheOneNamed(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		sender := w.sw.Sender(t.Context(), credentials())
		who := credentials()
		who.Sender = sender
		if caller, err := w.sw.Authenticate(t.Context(), who); err != nil || caller.Terminal != terminalID {
			t.Errorf("%+v, %v", caller, err)
		}
		who.Terminal = "none"
		_, err := w.sw.Authenticate(t.Context(), who)
		wantFault(t, err, vending.CodeTerminal)
		who = credentials()
		who.Sender, who.OpName = sender, "NOBODY"
		_, err = w.sw.Authenticate(t.Context(), who)
		wantFault(t, err, vending.CodeCredentials)
	})
}

func TestANewPasswordTakesEffectOnceAndTheSameRequestStaysAuthentic(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		change := credentials()
		change.NewPassword = "Sample456"
		var clients sync.WaitGroup
		for range 8 { // the same request, sent again and again
			clients.Go(func() {
				if _, err := w.sw.Authenticate(t.Context(), change); err != nil {
					t.Error(err)
				}
			})
		}
		clients.Wait()
		_, err := w.sw.Authenticate(t.Context(), credentials())
		wantFault(t, err, vending.CodeCredentials)
		who := credentials()
		who.Password = "Sample456"
		if _, err := w.sw.Authenticate(t.Context(), who); err != nil {
			t.Error(err)
		}
	})
}

func TestAVendorUsesOnlyTheOperationsItHasRightsTo(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.caller.Client.Rights = []string{"creditVend"}
		_, r, err := w.sell(1)
		wantFault(t, err, vending.CodeRight)
		w.wantSale(r, ledger.SaleRefused)
		_, err = w.sw.Catalogue(t.Context(), w.caller, w.request("catalogue"))
		wantFault(t, err, vending.CodeRight)
	})
}

func TestTheCatalogueListsWhatIsOnSale(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		if err := w.store.SetProductStatus(t.Context(), "test", tokenProduct, ledger.Blocked); err != nil {
			t.Fatal(err)
		}
		items, err := w.sw.Catalogue(t.Context(), w.caller, w.request("catalogue"))
		if err != nil || len(items) != 1 || items[0].Code != airtime || items[0].SupplierName != "Cell X" {
			t.Errorf("catalogue %+v, %v", items, err)
		}
	})
}
