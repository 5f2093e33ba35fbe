//go:build bench

package bench_test

import (
	"context"
	"fmt"
	"iter"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/lib/pq"
	"golang.org/x/sync/errgroup"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/chart"
	"github.com/vendswitch/vendswitch/ledger/vault"
	vending "github.com/vendswitch/vendswitch/switch"
)

// The town in which is sold: so many merchants that they seldom sell at the same
// moment, and so many meters that each is new to the caches.
const (
	merchants = 10_000
	meters    = 100_000
	products  = 20 // of most matches

	firstMerchant = 100_000           // codes are numbers, from this one on
	clientOffset  = 6_000_000_000_000 // what a merchant's client id is more than its code
	firstMeter    = 715_000_000       // without their check digits, with leading zeros
	currency      = "ZAR"
	terminal      = "1"
	cashier       = "clerk"
	password      = "Counter7"
	supplyGroup   = "100600"
	cityPower     = "city"
	network       = "network"

	tokenTender  = 200_00
	voucherFace  = 100_00
	voucherCost  = 92_00
	commissionBP = 150
	deposited    = 1_000_000_000_00

	setupWorkers = 64
)

func merchantCode(i int) string { return strconv.Itoa(firstMerchant + i) }
func clientID(i int) string     { return strconv.Itoa(clientOffset + firstMerchant + i) }
func productCode(i int) string  { return fmt.Sprintf("AIR%d", 100+i) }

// meterNumber is the i-th meter's: eleven digits, the last by Luhn's rule.
func meterNumber(i int) string {
	number := fmt.Sprintf("%010d", firstMeter+i)
	sum := 0
	for at, digit := range number {
		d := int(digit - '0')
		if at%2 == 1 { // counted from the check digit to the left, every second doubles
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return number + strconv.Itoa((10-sum%10)%10)
}

// keyFile makes the keys that all processes of a run share.
func keyFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "keys.toml")
	if err := vault.Generate(path); err != nil {
		t.Fatal(err)
	}
	return path
}

// openLedger opens a ledger as a node of its own.
func openLedger(ctx context.Context, address, keys, node string) (*ledger.Store, error) {
	ring, err := vault.Load(keys)
	if err != nil {
		return nil, err
	}
	return ledger.Open(ctx, ledger.Options{Driver: ledger.Postgres, DSN: address, Node: node, Sealer: ring})
}

// town is a database that is there to be copied.
type town struct {
	*database
	cluster            *cluster
	keys               string // file
	products, vouchers int    // in stock, and of how many products
}

func (t *town) everybody() crowd { return crowd{merchants, t.products} }

// newTown makes a town with so many vouchers of so many products.
func newTown(t *testing.T, c *cluster, products, stocked int) *town {
	t.Helper()
	d, keys, began := c.create(t), keyFile(t), time.Now()
	if _, _, err := ledger.Migrate(t.Context(), ledger.Postgres, d.address); err != nil {
		t.Fatal(err)
	}
	store, err := openLedger(t.Context(), d.address, keys, "founder")
	if err != nil {
		t.Fatal(err)
	}
	hash, err := vending.HashPassword(password)
	if err == nil {
		err = found(t.Context(), store, hash, products)
	}
	if err == nil {
		_, err = store.LoadStock(t.Context(), ledger.Batch{Supplier: network, Name: "1", Actor: "bench"}, vouchers(products, stocked))
	}
	if err == nil {
		_, err = store.ApproveStock(t.Context(), "second", network, "1")
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	numbers := make(pq.StringArray, meters)
	for i := range numbers {
		numbers[i] = meterNumber(i)
	}
	d.run(t, "INSERT INTO meter (meter, supplier, supply_group) SELECT m, $2, $3 FROM unnest($1::text[]) AS m", numbers, cityPower, supplyGroup)
	// Only what holds something: for a table that was vacuumed while it was empty
	// the planner expects no row ever.
	d.run(t, "VACUUM (ANALYZE) merchant, float, client, terminal, cashier, supplier, product, meter, voucher, entry, posting")
	fmt.Fprintf(t.Output(), "town of %d merchants, %d meters and %d vouchers founded in %v\n",
		merchants, meters, stocked, time.Since(began).Round(time.Second))
	return &town{database: d, cluster: c, keys: keys, products: products, vouchers: stocked}
}

func (d *database) run(t *testing.T, statement string, args ...any) {
	t.Helper()
	if _, err := d.Exec(statement, args...); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// found enters suppliers, products and merchants.
func found(ctx context.Context, store *ledger.Store, hash string, products int) error {
	const actor = "bench"
	err := store.AddSupplier(ctx, actor, ledger.Supplier{
		Code: cityPower, Name: "City Power", Address: "1 Civic Square", TaxRef: "4123456789",
		Kind: ledger.SupplierUtility, VATBP: 1500, CommissionBP: 300, Status: ledger.Active,
		URL: "http://127.0.0.1:1/", ClientID: "6009990000018", TerminalID: "1", OpName: "switch", Password: "Upstream1",
		Timeout: 18 * time.Second, SettleAfter: 10 * time.Minute, UTCOffset: 2 * time.Hour,
	})
	if err != nil {
		return err
	}
	err = store.AddSupplier(ctx, actor, ledger.Supplier{
		Code: network, Name: "Mobile Network", Address: "2 Tower Street", TaxRef: "4123456780",
		Kind: ledger.SupplierStock, VATBP: 1500, Status: ledger.Active,
	})
	if err != nil {
		return err
	}
	err = store.AddProduct(ctx, actor, ledger.Product{
		Code: "POWER", Name: "Electricity", Kind: ledger.KindElectricity, Supplier: cityPower,
		Currency: currency, CommissionBP: commissionBP, Status: ledger.Active,
	})
	if err != nil {
		return err
	}
	for i := range products {
		err := store.AddProduct(ctx, actor, ledger.Product{
			Code: productCode(i), Name: "Airtime 100", Kind: ledger.KindVoucher, Supplier: network, Face: voucherFace,
			Currency: currency, CommissionBP: commissionBP, Instructions: "Dial *100*PIN#", Status: ledger.Active,
		})
		if err != nil {
			return err
		}
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(setupWorkers)
	for i := range merchants {
		group.Go(func() error { return settle(ctx, store, i, hash) })
	}
	return group.Wait()
}

// settle enters a merchant with its client and its money.
func settle(ctx context.Context, store *ledger.Store, i int, hash string) error {
	const actor = "bench"
	code, client := merchantCode(i), clientID(i)
	for _, step := range []func() error{
		func() error {
			return store.AddMerchant(ctx, actor, ledger.Merchant{Code: code, Name: "Corner Store", Address: "12 Main Road", Currency: currency, Status: ledger.Active})
		},
		func() error {
			return store.AddClient(ctx, actor, ledger.Client{ID: client, Merchant: code, Status: ledger.Active})
		},
		func() error {
			return store.AddTerminal(ctx, actor, ledger.Terminal{Client: client, ID: terminal, Status: ledger.Active})
		},
		func() error {
			return store.AddCashier(ctx, actor, ledger.Cashier{Client: client, OpName: cashier, PasswordHash: hash, Status: ledger.Active})
		},
		func() error {
			deposit := chart.Deposit{Merchant: code, Currency: currency, Amount: deposited}
			_, err := store.Post(ctx, ledger.Entry{Kind: "deposit", Actor: actor, Postings: deposit.Postings()})
			return err
		},
	} {
		if err := step(); err != nil {
			return fmt.Errorf("merchant %s: %w", code, err)
		}
	}
	return nil
}

// vouchers yields a delivery of so many vouchers, evenly of all products.
func vouchers(products, count int) iter.Seq2[ledger.Voucher, error] {
	return func(yield func(ledger.Voucher, error) bool) {
		for i := range count {
			v := ledger.Voucher{
				Product: productCode(i % products), Serial: fmt.Sprintf("S%011d", i), PIN: fmt.Sprintf("%016d", 7_000_000_000_000_000+i),
				Face: voucherFace, Cost: voucherCost, Currency: currency, ExpiresOn: "2099-12-31",
			}
			if !yield(v, nil) {
				return
			}
		}
	}
}
