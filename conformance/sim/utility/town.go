package utility

import "github.com/vendswitch/vendswitch/conformance/sim/utility/tariff"

// Kind says what is the matter with a meter.
type Kind string

// The kinds of meter in the default town.
const (
	Good            Kind = "good"            // sells
	Blocked         Kind = "blocked"         // BlockedMeterEx
	Unknown         Kind = "unknown"         // a valid number that is not registered: UnknownMeterEx
	WrongCheckDigit Kind = "wrongCheckDigit" // MSNOCheckDigitEx
	Debt            Kind = "debt"            // a share of each purchase goes to arrears
	FreeBasic       Kind = "freeBasic"       // the first purchase of a month brings a free token too
	KeyChange       Kind = "keyChange"       // the first purchase brings key change tokens too
	KeyExpired      Kind = "keyExpired"      // LatestKRNEx: the key must be changed before anything is sold
	ServiceCharge   Kind = "serviceCharge"   // the first purchase of a month pays a charge
	FreeIssue       Kind = "freeIssue"       // free units are issued whenever they are asked for
	KeyUpdate       Kind = "keyUpdate"       // LatestKRNEx until updateMeterKey brought all tokens of the new key
	ChangedIn       Kind = "changedIn"       // hangs in the place of the meter that is Unknown, whose units it can get once
	MagneticCard    Kind = "magneticCard"    // its tokens are on magnetic cards: the last sale can be cancelled
)

// Customer is the account holder of a meter.
type Customer struct {
	Name      string // no digits, at most 40 characters
	Address   string // at most 80 characters
	Contact   string // 7 to 12 characters
	AccountNo string // at most 20 characters, no space
	Location  string // erf number or the like, at most 20 characters, no space
}

// Key names a meter key: the supply group, tariff index and revision it is
// derived from.
type Key struct {
	SupplyGroup string // SGC, six digits
	TariffIndex string // TI, two digits
	Revision    int    // KRN, 1 to 9
	Base        Base   // base date of token identifiers
}

// Meter is a registered meter and what the utility knows of it. Money is in
// cents with VAT included, energy in tenths of a kWh.
type Meter struct {
	Number   string // 11 or 13 digits with a Luhn check digit
	Kind     Kind   // a label; the fields below decide
	Customer Customer
	Key      Key

	Blocked    bool // nothing is sold
	KeyExpired bool // nothing is sold until the key is changed in the field

	// NextKey, if set, is due: its key change tokens go along with a purchase. They
	// are four and a transaction of a receipt holds two, so they wait for a
	// purchase with two credit tokens, the first of a month for a meter with
	// FreeUnits; until then the meter counts as KeyExpired. All tokens of that
	// purchase are made with the new key. updateMeterKey issues them two at a time.
	NextKey *Key

	MagneticCard bool   // token technology 01 and not 02
	Replaces     string // number of the meter whose units are to be transferred; "": none
	FreeIssue    int64  // units of each free issue; 0: none is authorised

	FreeUnits    int64 // free basic electricity per calendar month, given with the first purchase
	MonthlyFee   int64 // service charge, taken from the first purchase of a calendar month
	Arrears      int64 // debt at the start
	ArrearsShare int64 // percent of what remains after the service charge, 1 to 90, while debt is left
}

// Town returns the registered meters of the default town. [Numbers] has the
// numbers by kind, with those that are not registered.
func Town() []Meter {
	key := Key{SupplyGroup: "999901", TariffIndex: "01", Revision: 2, Base: Base2014}
	old := Key{SupplyGroup: "999901", TariffIndex: "01", Revision: 1, Base: Base1993}
	return []Meter{
		{
			Number: "01000001014", Kind: Good, Key: key,
			Customer: Customer{"T MOLEFE", "1 Acacia Street, Sandstone", "0115550101", "SM10001", "ERF101"},
		},
		{
			Number: "01000002020", Kind: Blocked, Key: key, Blocked: true,
			Customer: Customer{"B VAN WYK", "2 Acacia Street, Sandstone", "0115550102", "SM10002", "ERF102"},
		},
		{
			Number: "01000005056", Kind: Debt, Key: key, Arrears: 40_000, ArrearsShare: 25,
			Customer: Customer{"D NAIDOO", "5 Acacia Street, Sandstone", "0115550105", "SM10005", "ERF105"},
		},
		{
			Number: "01000006062", Kind: FreeBasic, Key: key, FreeUnits: 500,
			Customer: Customer{"F DLAMINI", "6 Acacia Street, Sandstone", "0115550106", "SM10006", "ERF106"},
		},
		{
			Number: "01000007078", Kind: KeyChange, Key: old, NextKey: &key, FreeUnits: 500,
			Customer: Customer{"K BOTHA", "7 Acacia Street, Sandstone", "0115550107", "SM10007", "ERF107"},
		},
		{
			Number: "01000008084", Kind: KeyExpired, Key: old, KeyExpired: true,
			Customer: Customer{"E SITHOLE", "8 Acacia Street, Sandstone", "0115550108", "SM10008", "ERF108"},
		},
		{
			Number: "01000009090", Kind: ServiceCharge, Key: key, MonthlyFee: 5_750,
			Customer: Customer{"S PETERSEN", "9 Acacia Street, Sandstone", "0115550109", "SM10009", "ERF109"},
		},
		{
			Number: "01000010106", Kind: FreeIssue, Key: key, FreeIssue: 100,
			Customer: Customer{"SANDSTONE LIBRARY", "10 Acacia Street, Sandstone", "0115550110", "SM10010", "ERF110"},
		},
		{
			Number: "01000011112", Kind: KeyUpdate, Key: old, NextKey: &key, KeyExpired: true,
			Customer: Customer{"U MOKOENA", "11 Acacia Street, Sandstone", "0115550111", "SM10011", "ERF111"},
		},
		{
			Number: "01000012128", Kind: ChangedIn, Key: key, Replaces: "01000003036",
			Customer: Customer{"C JANSEN", "12 Acacia Street, Sandstone", "0115550112", "SM10012", "ERF112"},
		},
		{
			Number: "01000013134", Kind: MagneticCard, Key: key, MagneticCard: true,
			Customer: Customer{"M KHUMALO", "13 Acacia Street, Sandstone", "0115550113", "SM10013", "ERF113"},
		},
	}
}

// Numbers returns a meter number of each kind in the default town.
func Numbers() map[Kind]string {
	numbers := map[Kind]string{
		Unknown:         "01000003036",
		WrongCheckDigit: "01000004043",
	}
	for _, meter := range Town() {
		numbers[meter.Kind] = meter.Number
	}
	return numbers
}

// HomeTariff returns the tariff of the default town: VAT 15 %, up to 50 kWh a
// month at 138.00 c/kWh, up to 350 kWh at 172.50 c/kWh, and 236.90 c/kWh beyond.
func HomeTariff() tariff.Tariff {
	return tariff.Tariff{
		Name:       "Home Light",
		VATPercent: 15,
		Steps: []tariff.Step{
			{UpTo: 500, Price: 13_800},
			{UpTo: 3_500, Price: 17_250},
			{Price: 23_690},
		},
	}
}
