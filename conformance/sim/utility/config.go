package utility

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/vendswitch/vendswitch/conformance/sim/sts"
	"github.com/vendswitch/vendswitch/conformance/sim/utility/tariff"
	"github.com/vendswitch/vendswitch/xmlvend"
)

// Config describes a town. The zero value is the default town.
type Config struct {
	Meters  []Meter       // nil: Town()
	Clients []Client      // nil: DemoClient() alone
	Tariff  tariff.Tariff // no steps: HomeTariff()

	MinAmount int64 // least purchase in cents, besides the service charge; 0: DefaultMinAmount
	MaxAmount int64 // greatest purchase in cents; 0: DefaultMaxAmount

	// Duplicates says what happens to a vend, or whatever else binds, whose message id was
	// used before by the same operation. By another one, it is DuplicateMsgIDEx.
	Duplicates Duplicates
	// Manner names the dialect (of xmlvend) in whose manner the town answers: with the
	// habits that the vendor's servers were seen to have. It also reads requests of that
	// dialect. "": strictly.
	Manner string
	// Lacks names, by their elements such as "fbeReq", operations that the utility does
	// not have: UseCaseSupportEx.
	Lacks []string
	// Faults are on from the start.
	Faults []Fault

	ServerEAN string                // 13 digits; "": DefaultServerEAN
	Utility   xmlvend.UtilityDetail // printed on receipts; no name: Sandstone Municipality

	// VendingKey derives the keys of all meters; zero: DemoVendingKey. It must be a
	// made-up one.
	VendingKey sts.VendingKey
	Seed       uint64           // of the random bits in tokens
	Now        func() time.Time // nil: time.Now; the real clock measures delays in any case
	Zone       *time.Location   // of months, token identifiers and answers; nil: two hours east of Greenwich
}

// Duplicates says what happens to a vend whose message id was used before.
type Duplicates string

// The two ways of real servers.
const (
	ReplayDuplicates Duplicates = ""       // answered with the first one's response
	RefuseDuplicates Duplicates = "refuse" // DuplicateMsgIDEx
)

// Defaults of Config.
const (
	DefaultMinAmount = 1_000   // R10
	DefaultMaxAmount = 500_000 // R5 000
	DefaultServerEAN = "6008000001007"
)

// DemoVendingKey is the key of the default town, and obviously fake.
var DemoVendingKey = sts.VendingKey([]byte("vendswitch-simulator"))

const hoursEast = 2 * 60 * 60

func (c Config) withDefaults() Config {
	if c.Meters == nil {
		c.Meters = Town()
	}
	if c.Clients == nil {
		c.Clients = []Client{DemoClient()}
	}
	if len(c.Tariff.Steps) == 0 {
		c.Tariff = HomeTariff()
	}
	c.MinAmount = cmp.Or(c.MinAmount, DefaultMinAmount)
	c.MaxAmount = cmp.Or(c.MaxAmount, DefaultMaxAmount)
	c.Manner = cmp.Or(c.Manner, xmlvend.Strict().Name())
	c.ServerEAN = cmp.Or(c.ServerEAN, DefaultServerEAN)
	if c.Utility.Name == "" {
		c.Utility = xmlvend.UtilityDetail{Name: "Sandstone Municipality", Address: "1 Civic Square, Sandstone", TaxRef: "4000000017"}
	}
	if c.VendingKey == (sts.VendingKey{}) {
		c.VendingKey = DemoVendingKey
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Zone == nil {
		c.Zone = time.FixedZone("SAST", hoursEast)
	}
	return c
}

// leastMinimum keeps energy in every purchase, whatever goes to arrears.
const leastMinimum = 100

func (c Config) validate() error {
	if err := c.Tariff.Validate(); err != nil {
		return fmt.Errorf("utility: %w", err)
	}
	switch {
	case c.MinAmount < leastMinimum || c.MaxAmount < c.MinAmount || c.MaxAmount > maxPurchase:
		return fmt.Errorf("utility: limits R%d to R%d, want R1 to R%d", c.MinAmount/100, c.MaxAmount/100, maxPurchase/100)
	case mannerOf[c.Manner] == nil:
		return fmt.Errorf("utility: manner: %w", cmp.Or(xmlvend.CheckDialect(c.Manner), errNoManner))
	case c.Duplicates != ReplayDuplicates && c.Duplicates != RefuseDuplicates:
		return fmt.Errorf("utility: duplicates %q", c.Duplicates)
	case len(c.ServerEAN) != 13 || !digitsOnly(c.ServerEAN):
		return errors.New("utility: the server's EAN is not 13 digits")
	}
	for _, element := range c.Lacks {
		if !slices.Contains(operations, element) {
			return fmt.Errorf("utility: lacks %q, want elements such as %s", element, operations[0])
		}
	}
	for _, fault := range c.Faults {
		if err := fault.Validate(); err != nil {
			return err
		}
	}
	for _, client := range c.Clients {
		if err := client.validate(); err != nil {
			return err
		}
	}
	for _, meter := range c.Meters {
		if err := meter.validate(); err != nil {
			return err
		}
	}
	return nil
}

// Operations returns the elements of the requests that a town fulfils which lacks
// nothing.
func Operations() []string { return slices.Clone(operations) }

var operations = []string{
	"creditVendReq", "trialCreditVendReq", "confirmCustomerReq", "adviceReq", "fbeReq", "freeIssueReq",
	"meterCreditTransferReq", "payAccReq", "cancelVendReq", "verifyReq", "confirmMeterReq", "updateMeterKeyReq",
	"meterSpecificEngReq", "nonMeterSpecificEngReq", "custReportFaultReq",
}

// maxPurchase keeps sums of cents far from the limits of an int64.
const maxPurchase = 1_000_000_000_00

func (m Meter) validate() error {
	switch {
	case m.FreeUnits < 0 || m.FreeUnits > sts.MaxSteps, m.MonthlyFee < 0 || m.MonthlyFee > maxPurchase, m.Arrears < 0 || m.Arrears > maxPurchase:
		return fmt.Errorf("utility: meter %s: free units, fee or arrears out of range", m.Number)
	case m.FreeIssue < 0 || m.FreeIssue > sts.MaxSteps:
		return fmt.Errorf("utility: meter %s: units of a free issue out of range", m.Number)
	case m.Arrears > 0 && (m.ArrearsShare < 1 || m.ArrearsShare > 90):
		return fmt.Errorf("utility: meter %s: %d %% for arrears, want 1 to 90", m.Number, m.ArrearsShare)
	}
	return nil
}
