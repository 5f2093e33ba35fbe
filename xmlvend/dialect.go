package xmlvend

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/vendswitch/vendswitch/schemas"
)

// Dialect says how one vendor's traffic departs from the schema: rules that
// bring a document back to it, what the vendor's faults mean, and the form its
// clients expect a fault in. A dialect is data; it is safe for concurrent use.
type Dialect struct {
	name    string
	rules   []rule
	classes map[string]FaultClass // what a fault code means
	texts   map[string]FaultClass // what a description means, in small letters and without a full stop
	form    faultForm             // of the faults that its clients get
	eskom   bool                  // its clients know the classes of Eskom's extension
	refuses bool                  // its servers refuse a message id that was used before
}

var dialects = map[string]*Dialect{
	strict.name: strict, hexing.name: hexing, conlog2016.name: conlog2016, conlog2021.name: conlog2021, itron.name: itron,
}

// strict is the dialect of the standard: nothing is repaired. The codes are
// those that Eskom's servers put in front of a description; no other server was seen
// to give them another meaning.
var strict = &Dialect{
	name: "strict",
	classes: map[string]FaultClass{
		"010032": ClientIDAuthorisationEx, // inferred from the Hexing code of the same number
		"010038": UnknownMeterEx,
	},
}

// Strict returns the dialect of the standard, which repairs nothing.
func Strict() *Dialect { return strict }

// DialectNames returns the names of all dialects, in alphabetical order.
func DialectNames() []string { return slices.Sorted(maps.Keys(dialects)) }

// DialectByName returns the dialect called name, one of DialectNames.
func DialectByName(name string) (*Dialect, bool) {
	d, ok := dialects[name]
	return d, ok
}

// CheckDialect returns an error that lists the dialects there are, unless name is
// that of one.
func CheckDialect(name string) error {
	if _, ok := dialects[name]; ok {
		return nil
	}
	return fmt.Errorf("there is no dialect %q; there are %s", name, strings.Join(DialectNames(), ", "))
}

// Name returns the dialect's name.
func (d *Dialect) Name() string { return d.name }

// RefusesRepeats reports what the vendor's servers do with a vend whose message id
// was used before, and so what its clients are ready for: to refuse it, or, if
// false, to give the first answer once more.
func (d *Dialect) RefusesRepeats() bool { return d.refuses }

// Rules returns the names of the dialect's rules, in the order they are tried.
func (d *Dialect) Rules() []string {
	names := make([]string, len(d.rules))
	for i, r := range d.rules {
		names[i] = r.name
	}
	return names
}

// Has reports that the dialect's clients know the class: all know those of the
// standard, and some those of Eskom's extension.
func (d *Dialect) Has(class FaultClass) bool {
	info, known := faultClasses[class]
	return known && !info.abstract && (info.space == schemas.NSBase || d.eskom)
}
