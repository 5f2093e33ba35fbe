package audit

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/vendswitch/vendswitch/ledger"
)

// Defaults of Options.
const (
	DefaultMaxUnowned  = 24 * time.Hour
	DefaultMaxUnsealed = 24 * time.Hour
)

// overdue is how long after its time a leg may still wait for the resolver
// before it counts as forgotten.
const overdue = time.Hour

// Keys open what is sealed and verify what is signed; vault.Keyring has them.
type Keys interface {
	ledger.Sealer
	Verifier
}

// Options of Verify.
type Options struct {
	Keys        Keys             // nil: nothing is opened, no signature verified
	HeadsFile   string           // path of the published heads; empty: not compared
	MaxUnowned  time.Duration    // how long an exception may have no owner; zero means DefaultMaxUnowned
	MaxUnsealed time.Duration    // how old an entry without a seal may be; zero means DefaultMaxUnsealed
	Now         func() time.Time // nil means time.Now
}

// Verify checks the ledger's eight invariants on a live database, in one
// snapshot, and reports what it looked at and what it found. It reads every
// row of the journal and of its projections in pages, so that its memory does
// not grow with the journal; only what is still open is kept, a sum for
// each account, and of each batch of stock its sums and who decided on it. The error is of the database or of the
// heads file; what is wrong in the ledger is in the report.
func Verify(ctx context.Context, store *ledger.Store, o Options) (*Report, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.MaxUnowned <= 0 {
		o.MaxUnowned = DefaultMaxUnowned
	}
	if o.MaxUnsealed <= 0 {
		o.MaxUnsealed = DefaultMaxUnsealed
	}
	published, err := countHeads(o.HeadsFile)
	if err != nil {
		return nil, fmt.Errorf("audit: %w", err)
	}
	var report *Report
	err = store.View(ctx, func(tx *sqlx.Tx) error {
		v := &verifier{
			queryer: queryer{ctx, tx}, o: o, now: o.Now().UTC(), published: published,
			holds: make(map[string]int64), waiting: make(map[ledger.ID]bool),
		}
		v.report = newReport(v.now, tx.DriverName())
		report = v.report
		return v.run()
	})
	if err != nil {
		return nil, fmt.Errorf("audit: %w", err)
	}
	report.close()
	return report, nil
}

// verifier is one run of Verify.
type verifier struct {
	queryer
	o         Options
	now       time.Time
	report    *Report
	published int                // heads in the file before the snapshot was taken
	holds     map[string]int64   // by merchant: the sum over its open sales
	waiting   map[ledger.ID]bool // legs and sales with an open exception
}

func (v *verifier) run() error {
	history, err := v.walkJournal()
	if err != nil {
		return err
	}
	for _, walk := range []func() error{
		v.walkSales, v.walkLegs, v.walkTokens,
		func() error { return v.walkVouchers(history) },
		func() error { return v.walkBatchesOfStock(&history.people) },
		func() error { return v.walkAgreements(&history.people) },
		func() error { return v.walkOrders(history.orders) },
		func() error { return v.walkMessages(history.voids) },
		v.walkUpstream,
		func() error { return v.walkExceptions(history.exceptions.opened) },
		func() error { return v.walkDeposits(history) },
		func() error { return v.walkBankMessages(history) },
		v.walkPending,
		func() error { return v.walkFloats(history) },
		func() error { return v.walkClosings(history) },
		v.walkSeal,
	} {
		if err := walk(); err != nil {
			return err
		}
	}
	v.admit()
	return nil
}

// admit says what was not checked.
func (v *verifier) admit() {
	v.report.skip(limits, fmt.Sprintf("the order of two nodes' entries within %s of each other is not known", clockSkew))
	v.report.skip(legsFirst, "that the leg was committed before the first byte left: tests show it")
	v.report.skip(outcomes, "that nothing was acknowledged before it was committed: tests with kill -9 show it")
	if v.o.Keys == nil {
		v.report.skip(soldOnce, "PINs were not opened: no keys given")
		v.report.skip(outcomes, "outcomes were not opened: no keys given")
		v.report.skip(projected, "signatures of heads were not verified: no keys given")
	}
	if v.o.HeadsFile == "" {
		v.report.skip(projected, "published heads were not compared: no heads file given")
	}
}

// body decodes the body of an entry. One that cannot be decoded is a violation.
func body[T any](v *verifier, e *entry) (T, bool) {
	var versioned struct {
		V int `json:"v"`
	}
	var b T
	err := json.Unmarshal([]byte(e.Body), &versioned)
	if err == nil && versioned.V != ledger.BodyVersion {
		err = fmt.Errorf("version %d", versioned.V)
	}
	if err == nil {
		err = json.Unmarshal([]byte(e.Body), &b)
	}
	if err != nil {
		v.report.violate(projected, "entry "+e.ID.String(), "a body of kind "+e.Kind, err.Error())
	}
	return b, err == nil
}
