package vending

import (
	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/chart"
	"github.com/vendswitch/vendswitch/upstream"
)

// The records of the lower floors that pass through a Switch, for channels, which
// import the switch alone.
type (
	// MessageKey is a request's identity.
	MessageKey = ledger.MessageKey
	// Client is a vending client's settings.
	Client = ledger.Client
	// Voucher is one voucher of stock; only a sale fills in its PIN.
	Voucher = ledger.Voucher

	// VendOrder is a purchase for a meter.
	VendOrder = upstream.VendOrder
	// Meter names a meter.
	Meter = upstream.Meter
	// Person is a customer as the supplier knows him.
	Person = upstream.Person
	// Line is one transaction of a TokenSale.
	Line = upstream.Line
	// LineKind is the kind of a Line.
	LineKind = upstream.LineKind
	// Tax is a line's value added tax.
	Tax = upstream.Tax
	// Tariff is free text of the supplier about a line.
	Tariff = upstream.Tariff
	// KeyChange is a pair of tokens that moves a meter to a new key.
	KeyChange = upstream.KeyChange
	// Key names a meter key.
	Key = upstream.Key
	// PowerLimit is the token that may accompany a key change.
	PowerLimit = upstream.PowerLimit
	// Service is what a utility is asked for beside credit, with its parts below.
	Service     = upstream.Service
	ServiceKind = upstream.ServiceKind
	Served      = upstream.Served
	Account     = upstream.Account
	Limit       = upstream.Limit
	Management  = upstream.Management
	Report      = upstream.Report
	Transfer    = upstream.Transfer
	// TokenSale is what a supplier sold, or the answer to a service.
	TokenSale = upstream.Vend
	// Resource is what a meter measures.
	Resource = upstream.Resource
)

// The kinds of service.
const (
	FreeBasic      = upstream.FreeBasic
	FreeIssue      = upstream.FreeIssue
	CreditTransfer = upstream.CreditTransfer
	AccountPayment = upstream.AccountPayment
	KeyUpdate      = upstream.KeyUpdate
	MeterToken     = upstream.MeterToken
	TypeToken      = upstream.TypeToken
	FaultReport    = upstream.FaultReport
	Cancellation   = upstream.Cancellation
	MeterInquiry   = upstream.MeterInquiry
	Verification   = upstream.Verification
)

// The kinds of line.
const (
	LineSale        = upstream.LineSale
	LineFreeBasic   = upstream.LineFreeBasic
	LineFree        = upstream.LineFree
	LineReplacement = upstream.LineReplacement
	LineCredit      = upstream.LineCredit
	LineDebt        = upstream.LineDebt
	LineCharge      = upstream.LineCharge
	LinePayment     = upstream.LinePayment
)

// How a product is fulfilled.
const (
	KindVoucher     = ledger.KindVoucher
	KindElectricity = ledger.KindElectricity
)

// What a client wants to be told; see ledger.UnknownAnswer and
// ledger.DuplicateAnswer.
const (
	AnswerHangUp    = ledger.AnswerHangUp
	DuplicateRefuse = ledger.DuplicateRefuse
)

// VATWithin is the VAT contained in an amount that includes it, at a rate in
// basis points.
func VATWithin(amount int64, rateBP int) int64 { return chart.VATWithin(amount, rateBP) }

// Batches and deposit slips, as channels see them.
type (
	// Tally is a batch or a deposit slip.
	Tally = ledger.Tally
	// BatchLevel is a kind of batch; empty is all of them.
	BatchLevel = ledger.BatchLevel
)

// The levels of batches.
const (
	BatchBank  = ledger.BatchBank
	BatchSales = ledger.BatchSales
	BatchShift = ledger.BatchShift
)
