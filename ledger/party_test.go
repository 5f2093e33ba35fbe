package ledger_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vendswitch/vendswitch/ledger"
)

func TestPartiesAreKeptAsTheyWereAdded(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		m := ledger.Merchant{Code: "M0002", Name: "Kiosk", Address: "2 Side St", Currency: "BWP", Status: ledger.Blocked}
		must(t, w.AddMerchant(ctx, "boss", m))
		got, err := w.Merchant(ctx, m.Code)
		equal(t, m, got, err)
		merchants, err := w.Merchants(ctx)
		equal(t, 2, len(merchants), err)

		c := ledger.Client{ID: "6009999999999", Merchant: m.Code, Dialect: "hexing", Status: ledger.Active, AnswerBudget: 25 * time.Second,
			OnUnknown: ledger.AnswerHangUp, OnDuplicate: ledger.DuplicateRefuse, Rights: []string{"creditVend", "reprint"}}
		must(t, w.AddClient(ctx, "boss", c))
		gotClient, err := w.Client(ctx, c.ID)
		equal(t, c, gotClient, err)
		c.Dialect, c.Rights, c.Status = "", nil, ledger.Blocked
		must(t, w.SetClient(ctx, "boss", c))
		gotClient, err = w.Client(ctx, c.ID)
		equal(t, c, gotClient, err)
		clients, err := w.Clients(ctx)
		equal(t, 2, len(clients), err)

		term := ledger.Terminal{Client: c.ID, ID: "T1", Status: ledger.Active}
		must(t, w.AddTerminal(ctx, "boss", term))
		must(t, w.SetTerminalStatus(ctx, "boss", c.ID, "T1", ledger.Blocked))
		term.Status = ledger.Blocked
		gotTerminal, err := w.Terminal(ctx, c.ID, "T1")
		equal(t, term, gotTerminal, err)
		terminals, err := w.Terminals(ctx, c.ID)
		equal(t, []ledger.Terminal{term}, terminals, err)

		cash := ledger.Cashier{Client: c.ID, OpName: "ann", PasswordHash: "$argon2id$1", Status: ledger.Active}
		must(t, w.AddCashier(ctx, "boss", cash))
		must(t, w.SetCashierStatus(ctx, "boss", c.ID, "ann", ledger.Blocked))
		cash.Status = ledger.Blocked
		gotCashier, err := w.Cashier(ctx, c.ID, "ann")
		equal(t, cash, gotCashier, err)
		cashiers, err := w.Cashiers(ctx, c.ID)
		equal(t, []ledger.Cashier{cash}, cashiers, err)
	})
}

func TestWhatCannotBeAddedIsRefusedInTheWordsOfTheRecord(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		const actor = "boss"
		ctx := t.Context()
		product := func(change func(*ledger.Product)) error {
			p := ledger.Product{Code: "NEW", Kind: ledger.KindVoucher, Supplier: operator, Face: 1000, Currency: zar, Status: ledger.Active}
			change(&p)
			return w.AddProduct(ctx, actor, p)
		}
		for want, err := range map[string]error{
			"merchant NONE not found": w.AddClient(ctx, actor, ledger.Client{ID: "c", Merchant: "NONE", Status: ledger.Active}),
			"client NONE not found":   w.AddTerminal(ctx, actor, ledger.Terminal{Client: "NONE", ID: "7", Status: ledger.Active}),
			"client NEIN not found":   w.AddCashier(ctx, actor, ledger.Cashier{Client: "NEIN", OpName: "ann", Status: ledger.Active}),
			"supplier NONE not found": w.AddRoute(ctx, actor, ledger.RouteRange{From: "1", To: "2", Supplier: "NONE"}),
			"supplier NEIN not found": product(func(p *ledger.Product) { p.Supplier = "NEIN" }),

			"exists already": w.AddMerchant(ctx, actor, ledger.Merchant{Code: merchant, Currency: zar, Status: ledger.Active}),

			"a price is neither negative nor more than 10000000000000.00": product(func(p *ledger.Product) { p.Face = -1 }),
			"5.00 to 4.99 is not a range of amounts":                      product(func(p *ledger.Product) { p.Min, p.Max = 500, 499 }),
			"a commission of 10001 basis points is not one of 0 to 100 percent": product(func(p *ledger.Product) {
				p.CommissionBP = 10_001
			}),
			`currency "rand" is not three capital letters, as in ZAR`: product(func(p *ledger.Product) { p.Currency = "rand" }),
			"text is not UTF-8 or has a NUL":                          product(func(p *ledger.Product) { p.Name = "a\x00b" }),
			"an answer budget of -1s is less than nothing":            w.AddClient(ctx, actor, ledger.Client{ID: "c", Merchant: merchant, AnswerBudget: -time.Second}),
			`currency "" is not three capital letters, as in ZAR`:     w.AddMerchant(ctx, actor, ledger.Merchant{Code: "NEW"}),
			"supplier not found": func() error {
				_, err := w.LoadStock(ctx, ledger.Batch{Supplier: "NONE", Name: "1", Actor: actor}, each(w.vouchers(1, "")))
				return err
			}(),
		} {
			if err == nil || err.Error() != want {
				t.Errorf("it says %v, want %q", err, want)
			}
		}
	})
}

func TestASenderIsReadWithItsMerchantTerminalAndCashier(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		m := ledger.Merchant{Code: "M0002", Name: "Kiosk", Address: "2 Side St", Currency: "BWP", Status: ledger.Blocked}
		c := ledger.Client{ID: "6009999999999", Merchant: m.Code, Dialect: "hexing", Status: ledger.Blocked, AnswerBudget: 25 * time.Second,
			OnUnknown: ledger.AnswerHangUp, OnDuplicate: ledger.DuplicateRefuse, Rights: []string{"creditVend", "reprint"}}
		term := ledger.Terminal{Client: c.ID, ID: "T1", Status: ledger.Blocked}
		cash := ledger.Cashier{Client: c.ID, OpName: "ann", PasswordHash: "$argon2id$1", Status: ledger.Blocked}
		must(t, w.AddMerchant(ctx, "boss", m))
		must(t, w.AddClient(ctx, "boss", c))
		must(t, w.AddTerminal(ctx, "boss", term))
		must(t, w.AddCashier(ctx, "boss", cash))
		other := client // whose terminals and cashiers are not the client's
		must(t, w.AddTerminal(ctx, "boss", ledger.Terminal{Client: other, ID: "T2", Status: ledger.Active}))
		must(t, w.AddCashier(ctx, "boss", ledger.Cashier{Client: other, OpName: "bob", Status: ledger.Active}))

		for _, asked := range []struct {
			name, terminal, opName string
			want                   ledger.Sender
		}{
			{"all known", "T1", "ann", ledger.Sender{Client: c, Merchant: m, Terminal: term, Cashier: cash}},
			{"no such terminal", "T2", "ann", ledger.Sender{Client: c, Merchant: m, Cashier: cash}},
			{"no such cashier", "T1", "bob", ledger.Sender{Client: c, Merchant: m, Terminal: term}},
			{"neither named", "", "", ledger.Sender{Client: c, Merchant: m}},
		} {
			t.Run(asked.name, func(t *testing.T) {
				got, err := w.Sender(ctx, c.ID, asked.terminal, asked.opName)
				equal(t, asked.want, got, err)
			})
		}
		_, err := w.Sender(ctx, "nobody", "T1", "ann")
		wantErr(t, err, ledger.ErrNotFound)
	})
}

func TestTheCatalogueIsKeptAsItWasAdded(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		s := ledger.Supplier{Code: "TOWN", Name: "Town", Address: "Hall", TaxRef: "4000000001", Kind: ledger.SupplierUtility, VATBP: 1500,
			CommissionBP: 300, Status: ledger.Active, URL: "http://127.0.0.1:1/", ClientID: "600", TerminalID: "1", OpName: "vs",
			Password: "hush", Dialect: "hexing", Timeout: 20 * time.Second, SettleAfter: 10 * time.Minute, UTCOffset: 2 * time.Hour,
			Declined: []string{"BusinessRuleEx"}}
		must(t, w.AddSupplier(ctx, "boss", s))
		got, err := w.Supplier(ctx, "TOWN")
		equal(t, s, got, err)
		s.Password, s.Name, s.Declined = "", "Town and Country", nil
		must(t, w.SetSupplier(ctx, "boss", s))
		must(t, w.SetSupplierStatus(ctx, "boss", "TOWN", ledger.Blocked))
		s.Password, s.Status = "hush", ledger.Blocked
		got, err = w.Supplier(ctx, "TOWN")
		equal(t, s, got, err)
		suppliers, err := w.Suppliers(ctx)
		equal(t, 3, len(suppliers), err)

		p := ledger.Product{Code: "TOWNELEC", Name: "Electricity", Kind: ledger.KindElectricity, Supplier: "TOWN", Min: 500, Max: 100_000,
			Currency: zar, CommissionBP: 150, Instructions: "Key it in", Status: ledger.Active}
		must(t, w.AddProduct(ctx, "boss", p))
		must(t, w.SetProductStatus(ctx, "boss", p.Code, ledger.Blocked))
		p.Status = ledger.Blocked
		gotProduct, err := w.Product(ctx, p.Code)
		equal(t, p, gotProduct, err)
		products, err := w.Products(ctx)
		equal(t, 3, len(products), err)

		r := ledger.RouteRange{From: "07100000000", To: "07199999999", Supplier: "TOWN"}
		must(t, w.AddRoute(ctx, "boss", r))
		routes, err := w.Routes(ctx)
		equal(t, []ledger.RouteRange{r}, routes, err)
		must(t, w.RemoveRoute(ctx, "boss", r))
		wantErr(t, w.RemoveRoute(ctx, "boss", r), ledger.ErrNotFound)
		routes, err = w.Routes(ctx)
		equal(t, 0, len(routes), err)
	})
}

func TestWhatIsThereIsNotAddedAndWhatIsNotThereNotChanged(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		term := ledger.Terminal{Client: client, ID: "T1", Status: ledger.Active}
		cash := ledger.Cashier{Client: client, OpName: "ann", Status: ledger.Active}
		must(t, w.AddTerminal(ctx, "boss", term))
		must(t, w.AddCashier(ctx, "boss", cash))
		for name, err := range map[string]error{
			"merchant": w.AddMerchant(ctx, "boss", ledger.Merchant{Code: merchant, Currency: zar, Status: ledger.Active}),
			"client":   w.AddClient(ctx, "boss", ledger.Client{ID: client, Merchant: merchant, Status: ledger.Active}),
			"terminal": w.AddTerminal(ctx, "boss", term),
			"cashier":  w.AddCashier(ctx, "boss", cash),
			"supplier": w.AddSupplier(ctx, "boss", ledger.Supplier{Code: utility, Status: ledger.Active}),
			"product":  w.AddProduct(ctx, "boss", ledger.Product{Code: energy, Supplier: utility, Currency: zar, Status: ledger.Active}),
		} {
			t.Run("again "+name, func(t *testing.T) { wantErr(t, err, ledger.ErrExists) })
		}
		for name, err := range map[string]error{
			"client of no merchant":   w.AddClient(ctx, "boss", ledger.Client{ID: "2", Merchant: "nobody", Status: ledger.Active}),
			"terminal of no client":   w.AddTerminal(ctx, "boss", ledger.Terminal{Client: "nobody", ID: "1", Status: ledger.Active}),
			"cashier of no client":    w.AddCashier(ctx, "boss", ledger.Cashier{Client: "nobody", OpName: "ann", Status: ledger.Active}),
			"product of no supplier":  w.AddProduct(ctx, "boss", ledger.Product{Code: "P", Supplier: "nobody", Currency: zar, Status: ledger.Active}),
			"route to no supplier":    w.AddRoute(ctx, "boss", ledger.RouteRange{From: "1", To: "2", Supplier: "nobody"}),
			"meter of no supplier":    w.LearnMeter(ctx, ledger.MeterRoute{Meter: meter, Supplier: "nobody"}),
			"status of no merchant":   w.SetMerchantStatus(ctx, "boss", "nobody", ledger.Active),
			"change of no client":     w.SetClient(ctx, "boss", ledger.Client{ID: "nobody", Status: ledger.Active}),
			"status of no terminal":   w.SetTerminalStatus(ctx, "boss", client, "none", ledger.Active),
			"status of no cashier":    w.SetCashierStatus(ctx, "boss", client, "nobody", ledger.Active),
			"change of no supplier":   w.SetSupplier(ctx, "boss", ledger.Supplier{Code: "nobody", Status: ledger.Active}),
			"status of no supplier":   w.SetSupplierStatus(ctx, "boss", "nobody", ledger.Active),
			"status of no product":    w.SetProductStatus(ctx, "boss", "nothing", ledger.Active),
			"client moved to another": w.SetClient(ctx, "boss", ledger.Client{ID: client, Merchant: "M0002", Status: ledger.Active}),
		} {
			t.Run(name, func(t *testing.T) { wantErr(t, err, ledger.ErrNotFound) })
		}
		reads := map[string]func() error{
			"merchant": func() error { _, err := w.Merchant(ctx, "nobody"); return err },
			"client":   func() error { _, err := w.Client(ctx, "nobody"); return err },
			"terminal": func() error { _, err := w.Terminal(ctx, client, "none"); return err },
			"cashier":  func() error { _, err := w.Cashier(ctx, client, "nobody"); return err },
			"supplier": func() error { _, err := w.Supplier(ctx, "nobody"); return err },
			"product":  func() error { _, err := w.Product(ctx, "nothing"); return err },
			"meter":    func() error { _, err := w.MeterRoute(ctx, "nothing"); return err },
			"sale":     func() error { _, err := w.Sale(ctx, ledger.NewID()); return err },
			"leg":      func() error { _, err := w.Leg(ctx, ledger.NewID()); return err },
			"evidence": func() error { _, err := w.Evidence(ctx, ledger.NewID()); return err },
		}
		for name, read := range reads {
			t.Run("read "+name, func(t *testing.T) { wantErr(t, read(), ledger.ErrNotFound) })
		}
	})
}

func TestARouteIsARange(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		for _, r := range []ledger.RouteRange{{From: "2", To: "1"}, {From: "1", To: "10"}, {}} {
			r.Supplier = utility
			if err := w.AddRoute(t.Context(), "boss", r); err == nil {
				t.Errorf("%+v was taken", r)
			}
		}
	})
}

func TestOfManyNewPasswordsOneTakesEffect(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		must(t, w.AddCashier(t.Context(), "boss", ledger.Cashier{Client: client, OpName: "ann", PasswordHash: "old", Status: ledger.Active}))
		var changed atomic.Int64
		var group sync.WaitGroup
		for i := range 10 {
			group.Go(func() {
				err := w.SetPassword(t.Context(), "ann", client, "ann", "old", string(rune('a'+i)))
				if err == nil {
					changed.Add(1)
				} else {
					wantErr(t, err, ledger.ErrChanged)
				}
			})
		}
		group.Wait()
		if changed.Load() != 1 {
			t.Errorf("%d took effect", changed.Load())
		}
	})
}

func TestTheMeterBookLearns(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		for _, step := range []struct{ learn, want ledger.MeterRoute }{
			{ledger.MeterRoute{Meter: meter, Supplier: utility}, ledger.MeterRoute{Meter: meter, Supplier: utility}},
			{ledger.MeterRoute{Meter: meter, Supplier: utility, SupplyGroup: "100405"}, ledger.MeterRoute{Meter: meter, Supplier: utility, SupplyGroup: "100405"}},
			{ledger.MeterRoute{Meter: meter, Supplier: utility}, ledger.MeterRoute{Meter: meter, Supplier: utility, SupplyGroup: "100405"}},
			{ledger.MeterRoute{Meter: meter, Supplier: operator}, ledger.MeterRoute{Meter: meter, Supplier: operator}},
		} {
			must(t, w.LearnMeter(t.Context(), step.learn))
			got, err := w.MeterRoute(t.Context(), meter)
			equal(t, step.want, got, err)
		}
	})
}

func TestASupplyGroupNamesItsSupplierIfItIsTheOnlyOne(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		_, err := w.GroupSupplier(t.Context(), "100405")
		wantErr(t, err, ledger.ErrNotFound)
		must(t, w.LearnMeter(t.Context(), ledger.MeterRoute{Meter: "1", Supplier: utility, SupplyGroup: "100405"}))
		must(t, w.LearnMeter(t.Context(), ledger.MeterRoute{Meter: "2", Supplier: utility, SupplyGroup: "100405"}))
		got, err := w.GroupSupplier(t.Context(), "100405")
		equal(t, utility, got, err)
		must(t, w.LearnMeter(t.Context(), ledger.MeterRoute{Meter: "3", Supplier: operator, SupplyGroup: "100405"}))
		_, err = w.GroupSupplier(t.Context(), "100405")
		wantErr(t, err, ledger.ErrNotFound)
	})
}

func TestAnOperatorsActionsAreEntries(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		must(t, w.AddCashier(t.Context(), "eve", ledger.Cashier{Client: client, OpName: "ann", PasswordHash: "$argon2id$secret", Status: ledger.Active}))
		must(t, w.SetPassword(t.Context(), "ann", client, "ann", "$argon2id$secret", "$argon2id$newer"))
		entries, err := w.Entries(t.Context(), ledger.EntryFilter{Kind: ledger.EntryOperator, Limit: -1})
		must(t, err)
		var added, changed string
		for _, e := range entries {
			switch {
			case e.Actor == "eve":
				added = e.Body
			case e.Actor == "ann":
				changed = e.Body
			}
		}
		equal(t, `{"v":1,"action":"cashier.add","key":"6001234567890 ann","after":{"Client":"6001234567890","OpName":"ann","Status":"active"}}`, added, nil)
		equal(t, `{"v":1,"action":"cashier.password","key":"6001234567890 ann"}`, changed, nil)
	})
}

// equal fails the test unless a read gave what was wanted.
func equal[T any](t testing.TB, want, got T, err error) {
	t.Helper()
	must(t, err)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
