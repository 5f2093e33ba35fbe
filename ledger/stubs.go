package ledger

import (
	"context"
	"errors"
	"iter"
	"time"
)

type Store struct{}

var errStub = errors.New("not yet")

// Open opens the database, checks that its settings keep what was committed
// and that its schema is migrated, and starts the writer.
func Open(ctx context.Context, o Options) (*Store, error) { return nil, errStub }

// Migrate brings the schema up to date.
func Migrate(ctx context.Context, driver, dsn string) (from, to int64, err error) {
	return 0, 0, errStub
}
func (s *Store) Close() error                         { return errStub }
func (s *Store) Ping(ctx context.Context) error       { return errStub }
func (s *Store) Durability(ctx context.Context) error { return errStub }

func (s *Store) AddMerchant(ctx context.Context, actor string, m Merchant) error { return errStub }
func (s *Store) SetMerchantStatus(ctx context.Context, actor, code string, to Status) error {
	return errStub
}
func (s *Store) Merchant(ctx context.Context, code string) (Merchant, error) {
	return Merchant{}, errStub
}
func (s *Store) Merchants(ctx context.Context) ([]Merchant, error)               { return nil, errStub }
func (s *Store) AddClient(ctx context.Context, actor string, c Client) error     { return errStub }
func (s *Store) SetClient(ctx context.Context, actor string, c Client) error     { return errStub }
func (s *Store) Client(ctx context.Context, id string) (Client, error)           { return Client{}, errStub }
func (s *Store) Clients(ctx context.Context) ([]Client, error)                   { return nil, errStub }
func (s *Store) AddTerminal(ctx context.Context, actor string, t Terminal) error { return errStub }
func (s *Store) SetTerminalStatus(ctx context.Context, actor, client, id string, to Status) error {
	return errStub
}
func (s *Store) Terminal(ctx context.Context, client, id string) (Terminal, error) {
	return Terminal{}, errStub
}
func (s *Store) Terminals(ctx context.Context, client string) ([]Terminal, error) {
	return nil, errStub
}
func (s *Store) AddCashier(ctx context.Context, actor string, c Cashier) error { return errStub }
func (s *Store) SetCashierStatus(ctx context.Context, actor, client, opName string, to Status) error {
	return errStub
}
func (s *Store) Cashier(ctx context.Context, client, opName string) (Cashier, error) {
	return Cashier{}, errStub
}
func (s *Store) Cashiers(ctx context.Context, client string) ([]Cashier, error) { return nil, errStub }

// SetPassword replaces a cashier's password hash if it still is oldHash.
// Errors: ErrNotFound, ErrChanged.
func (s *Store) SetPassword(ctx context.Context, client, opName, oldHash, newHash string) error {
	return errStub
}
func (s *Store) AddSupplier(ctx context.Context, actor string, p Supplier) error { return errStub }
func (s *Store) SetSupplier(ctx context.Context, actor string, p Supplier) error { return errStub }
func (s *Store) SetSupplierStatus(ctx context.Context, actor, code string, to Status) error {
	return errStub
}
func (s *Store) Supplier(ctx context.Context, code string) (Supplier, error) {
	return Supplier{}, errStub
}
func (s *Store) Suppliers(ctx context.Context) ([]Supplier, error)             { return nil, errStub }
func (s *Store) AddProduct(ctx context.Context, actor string, p Product) error { return errStub }
func (s *Store) SetProductStatus(ctx context.Context, actor, code string, to Status) error {
	return errStub
}
func (s *Store) Product(ctx context.Context, code string) (Product, error)      { return Product{}, errStub }
func (s *Store) Products(ctx context.Context) ([]Product, error)                { return nil, errStub }
func (s *Store) AddRoute(ctx context.Context, actor string, r RouteRange) error { return errStub }
func (s *Store) Routes(ctx context.Context) ([]RouteRange, error)               { return nil, errStub }
func (s *Store) LearnMeter(ctx context.Context, r MeterRoute) error             { return errStub }
func (s *Store) MeterRoute(ctx context.Context, meter string) (MeterRoute, error) {
	return MeterRoute{}, errStub
}

// Begin: commit 1. The inbound leg's id is Order.ID. Errors: ErrFunds,
// ErrBlocked, ErrMessageTaken, ErrMessageVoid, ErrUpstreamTaken (take the next
// number), ErrRepeated (with the existing sale).
func (s *Store) Begin(ctx context.Context, o Order, c Call) (Sale, error) { return Sale{}, errStub }

// Sell: a stock sale in one transaction. Errors: as Begin, and ErrStock. With
// ErrRepeated the Settlement holds the existing Sale.
func (s *Store) Sell(ctx context.Context, p Purchase) (Settlement, error) {
	return Settlement{}, errStub
}

// Settle: commit 2. Errors: ErrNotFound, ErrAlreadySettled, ErrTokenTaken,
// ErrUpstreamTaken.
func (s *Store) Settle(ctx context.Context, c Closing) (Sale, error) { return Sale{}, errStub }

// Refuse claims the id of a refused request. Errors: ErrMessageTaken,
// ErrMessageVoid, ErrRepeated (with the existing sale).
func (s *Store) Refuse(ctx context.Context, r Refusal) (Sale, error) { return Sale{}, errStub }

// Note claims a lookup's id and opens its inbound leg, Lookup.LegID. Errors:
// ErrMessageTaken, ErrMessageVoid.
func (s *Store) Note(ctx context.Context, l Lookup) (Message, error) { return Message{}, errStub }

// End closes the inbound leg of a lookup.
func (s *Store) End(ctx context.Context, legID ID, state LegState, code string) error {
	return errStub
}

// TurnAway journals an authenticated request that may not claim its message
// id (used for another request, declared void) as an inbound leg, declined.
func (s *Store) TurnAway(ctx context.Context, l Lookup, code, note string) error { return errStub }

// OpenLeg commits an outbound lookup, trial or advice leg before its first
// byte; saleID may be zero.
func (s *Store) OpenLeg(ctx context.Context, saleID ID, c Call) error { return errStub }

// CloseLeg closes such a leg.
func (s *Store) CloseLeg(ctx context.Context, c Closing) error { return errStub }

// Void claims an id as never to be sold, or returns the message that has it.
func (s *Store) Void(ctx context.Context, k MessageKey, operation string) (Message, error) {
	return Message{}, errStub
}
func (s *Store) Message(ctx context.Context, k MessageKey) (Message, error) {
	return Message{}, errStub
}
func (s *Store) Sale(ctx context.Context, id ID) (Sale, error) { return Sale{}, errStub }
func (s *Store) SaleByReceipt(ctx context.Context, merchant, receiptNo string) (Sale, error) {
	return Sale{}, errStub
}

// SaleFilter picks sales; empty fields pick all. Outcomes are not read.
type SaleFilter struct {
	Merchant, Client, Product, Supplier, Target string
	States                                      []SaleState
	From, To                                    time.Time // opened in [From, To)
	Limit                                       int       // newest first; zero means 100
}

func (s *Store) Sales(ctx context.Context, f SaleFilter) ([]Sale, error) { return nil, errStub }

// LegFilter picks legs; empty fields pick all.
type LegFilter struct {
	SaleID    ID
	Direction Direction
	Party     string
	Operation string
	States    []LegState
	From, To  time.Time
	Limit     int // oldest first for one sale, else newest first; zero means 100
}

func (s *Store) Legs(ctx context.Context, f LegFilter) ([]Leg, error) { return nil, errStub }
func (s *Store) Vouchers(ctx context.Context, saleID ID) ([]Voucher, error) {
	return nil, errStub
}
func (s *Store) Disclose(ctx context.Context, saleID ID, actor, reason string) error {
	return errStub
}
func (s *Store) TakeDue(ctx context.Context, limit int) ([]Leg, error) { return nil, errStub }
func (s *Store) Reschedule(ctx context.Context, legID ID, next time.Time, absent bool) (Leg, error) {
	return Leg{}, errStub
}
func (s *Store) Raise(ctx context.Context, e Exception) error { return errStub }
func (s *Store) Exceptions(ctx context.Context, openOnly bool) ([]Exception, error) {
	return nil, errStub
}
func (s *Store) TakeException(ctx context.Context, id ID, owner string) error { return errStub }
func (s *Store) CloseException(ctx context.Context, id ID, actor, note string) error {
	return errStub
}

// ResolveRequest is what one person says became of a sale. Everything but
// Actor and Note must be equal in the proposal and its confirmation.
type ResolveRequest struct {
	Actor    string
	Note     string
	Evidence string    // reference to what proves it
	State    SaleState // SaleDelivered or SaleDeclined of an unknown sale, SaleReversed of a delivered one
	Code     string
	Tokens   []string
	Postings []Posting
	Deliver  Deliver
}

// Resolution is what came of a ResolveRequest.
type Resolution struct {
	Sale    Sale
	Settled bool   // false: proposed, waits for a second person
	By      string // who proposed
}

func (s *Store) Resolve(ctx context.Context, saleID ID, r ResolveRequest) (Resolution, error) {
	return Resolution{}, errStub
}

// Proposal of a sale that waits for a second person, Deliver and Postings
// apart. Errors: ErrNotFound.
func (s *Store) Proposal(ctx context.Context, saleID ID) (ResolveRequest, error) {
	return ResolveRequest{}, errStub
}

// MessageIDs gives out our own message ids on one supplier's server.
type MessageIDs struct{}

func (s *Store) UpstreamIDs(supplier string, offset time.Duration) *MessageIDs { return nil }
func (m *MessageIDs) Next(ctx context.Context) (dateTime string, number int, err error) {
	return "", 0, errStub
}
func (s *Store) ReceiptNumber(ctx context.Context) (string, error) { return "", errStub }

// Entry is a line of the journal.
type Entry struct {
	ID        ID
	At        time.Time
	Kind      string
	SaleID    ID
	LegID     ID
	Actor     string
	Note      string
	Reference string // unique per kind if not empty
	Postings  []Posting
	Body      string // as stored; see the types of entry.go
}

// Post writes a deposit, fee or correction. Errors: ErrExists (reference seen
// before; the id is the earlier entry's), ErrUnbalanced, ErrNotFound.
func (s *Store) Post(ctx context.Context, e Entry) (ID, error) { return ID{}, errStub }

// Float is a merchant's prepaid money, in minor units. Posted is what the
// merchant owns (positive) or owes (negative).
type Float struct {
	Merchant   string
	Posted     int64
	Held       int64
	CreditLine int64
	Currency   string
}

// Available is what may be spent now.
func (f Float) Available() int64 { return f.Posted + f.CreditLine - f.Held }

func (s *Store) Float(ctx context.Context, merchant string) (Float, error) { return Float{}, errStub }
func (s *Store) SetCreditLine(ctx context.Context, actor, merchant string, amount int64) error {
	return errStub
}

// AccountBalance is an account's sum of postings; debits are positive.
type AccountBalance struct {
	Account  string
	Currency string
	Balance  int64
}

func (s *Store) TrialBalance(ctx context.Context) ([]AccountBalance, error) { return nil, errStub }

// PostingFilter picks lines of entries.
type PostingFilter struct {
	Account  string
	SaleID   ID
	From, To time.Time
	Limit    int
}

// PostedLine is a posting with the entry it belongs to.
type PostedLine struct {
	EntryID ID
	At      time.Time
	Kind    string
	SaleID  ID
	Line    int
	Posting
}

func (s *Store) Postings(ctx context.Context, f PostingFilter) ([]PostedLine, error) {
	return nil, errStub
}

// EntryFilter picks entries.
type EntryFilter struct {
	Kind     string
	SaleID   ID
	From, To time.Time
	Limit    int
}

func (s *Store) Entries(ctx context.Context, f EntryFilter) ([]Entry, error) { return nil, errStub }

// Batch is a delivery of vouchers.
type Batch struct {
	Supplier string
	Name     string // unique per supplier
	Actor    string
}

// StockLine sums vouchers of one product.
type StockLine struct {
	Supplier string
	Product  string
	Currency string
	Count    int
	Face     int64
	Cost     int64
}

// Loaded is what LoadStock has put into stock.
type Loaded struct {
	Entry ID
	Lines []StockLine // by product
}

// LoadStock puts a batch into stock, all or nothing. Errors: ErrExists (batch,
// serial or PIN), ErrNotFound (supplier, product).
func (s *Store) LoadStock(ctx context.Context, b Batch, vouchers iter.Seq2[Voucher, error]) (Loaded, error) {
	return Loaded{}, errStub
}

// StockLevel is what is left of a product by expiry date.
type StockLevel struct {
	StockLine
	ExpiresOn string
	Sold      int // of these, Count being the unsold ones
}

func (s *Store) StockCount(ctx context.Context) ([]StockLevel, error) { return nil, errStub }
