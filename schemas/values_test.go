package schemas_test

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/jacoelho/xsd"

	"github.com/vendswitch/vendswitch/schemas"
)

// bounds holds values that a simple type must accept and values that it must refuse.
type bounds struct{ accepted, refused []string }

// boundsOf derives the values at the bounds of a facet as testdata/facts/simple-types.tsv words it.
func boundsOf(t *testing.T, facet string) bounds {
	t.Helper()
	if values, found := strings.CutPrefix(facet, "enum: "); found {
		return bounds{strings.Split(values, ", "), []string{"", "None"}}
	}
	if most, found := strings.CutPrefix(facet, "maxLength "); found {
		n, err := strconv.Atoi(most)
		if err != nil {
			t.Fatal(err)
		}
		return bounds{
			[]string{"", "No. 1, Main Road", strings.Repeat("é", n)},
			[]string{strings.Repeat("x", n+1)},
		}
	}
	if length := regexp.MustCompile(`^pattern: (\d+)(?:-(\d+))? (digits?|non-space|characters, none a digit)$`).
		FindStringSubmatch(facet); length != nil {
		least, _ := strconv.Atoi(length[1])
		most := least
		if length[2] != "" {
			most, _ = strconv.Atoi(length[2])
		}
		return lengthBounds(least, most, length[3])
	}
	known := map[string]bounds{
		"totalDigits 6":                       {[]string{"1", "999999", "000412"}, []string{"", "0", "-1", "1000000", "1.5", "x"}},
		"0..100 inclusive":                    {[]string{"0", "15", "0.1500", "100"}, []string{"", "-0.01", "100.01", "15%"}},
		"unknown":                             {[]string{"000000000000001", "MP1/2024", strings.Repeat("9", 40)}, []string{strings.Repeat("9", 41)}},
		"pattern: 1-3 digits, point, 1 digit": {[]string{"1.0", "999.9"}, []string{"", "1", "1000.0", "1.00", "1,0"}},
		"pattern: track 2 of a meter card": {
			[]string{"600727072150012344===0207100600071", "600727072150012344=7912=0207100600071"},
			[]string{
				"",
				"600728072150012344===0207100600071",    // another issuer
				"60072707215001234===0207100600071",     // meter number too short
				"600727072150012344=8001=0207100600071", // year past 79
				"600727072150012344=7913=0207100600071", // month past 12
				"600727072150012344===0200100600071",    // algorithm ends in 0
				"600727072150012344===0207100600001",    // tariff index ends in 0
				"600727072150012344===02071006000711",   // too long
			},
		},
	}
	b, ok := known[facet]
	if !ok {
		t.Fatalf("no values for facet %q", facet)
	}
	return b
}

func lengthBounds(least, most int, of string) bounds {
	good, bad := "7", []string{"x", "\u0667"} // a letter, and a digit of another script
	switch of {
	case "non-space":
		good, bad = "x", []string{" "}
	case "characters, none a digit":
		good, bad = "x", []string{"7"}
	}
	b := bounds{accepted: []string{strings.Repeat(good, least), strings.Repeat(good, most)}}
	b.refused = append(b.refused, strings.Repeat(good, most+1))
	if least > 0 {
		b.refused = append(b.refused, strings.Repeat(good, least-1))
	}
	for _, c := range bad {
		b.refused = append(b.refused, strings.Repeat(good, max(least, 1)-1)+c)
	}
	return b
}

func TestValuesAreJudgedAtTheirBounds(t *testing.T) {
	extension := [][]string{
		{"v:ProductCode", "string", ""}, {"v:Quantity", "positiveInteger", ""}, {"v:MSISDN", "string", ""},
		{"v:VoucherSerial", "string", "pattern: 1-40 non-space"}, {"v:VoucherPIN", "string", "pattern: 4-40 non-space"},
		{"v:ProductName", "string", ""}, {"v:Instructions", "string", "maxLength 1000"},
		{"v:ProductKind", "string", "enum: voucher, airtime, electricity, water, gas, bill"},
	}
	own := map[string]bounds{
		"v:ProductCode": {[]string{"MTN-10", "a", strings.Repeat("x", 32)}, []string{"", "-a", "a b", "a/b", strings.Repeat("x", 33)}},
		"v:Quantity":    {[]string{"1", "10"}, []string{"", "0", "11", "-1", "1.0"}},
		"v:MSISDN":      {[]string{"27821234567", "+27821234567", "1234567"}, []string{"", "+", "123456", "1234567890123456", "082 123 4567"}},
		"v:ProductName": {[]string{"x", strings.Repeat("x", 80)}, []string{"", strings.Repeat("x", 81)}},
	}
	types := append(readTable(t, "testdata/facts/simple-types.tsv"), extension...)
	probe := compileProbe(t, types)
	for _, row := range types {
		name, facet := row[0], row[2]
		b, ok := own[name]
		if !ok {
			b = boundsOf(t, facet)
		}
		for _, value := range b.accepted {
			if err := probe(name, value); err != nil {
				t.Errorf("%s refuses %q: %v", name, value, err)
			}
		}
		for _, value := range b.refused {
			if probe(name, value) == nil {
				t.Errorf("%s accepts %q", name, value)
			}
		}
	}
}

func TestEverySimpleTypeIsAmongTheFacts(t *testing.T) {
	known := map[string]bool{}
	for _, row := range readTable(t, "testdata/facts/simple-types.tsv") {
		known[row[0]] = true
	}
	for prefix, file := range domains {
		for _, e := range parseSchema(t, file).SelectElements("simpleType") {
			if name := prefix + ":" + e.SelectAttrValue("name", ""); !known[name] {
				t.Errorf("%s is not among the facts", name)
			}
		}
	}
}

// compileProbe returns a function that judges a value by a simple type, through an element declared for the purpose.
func compileProbe(t *testing.T, types [][]string) func(name, value string) error {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:b=%q xmlns:r=%q xmlns:v=%q>`,
		schemas.NSBase, schemas.NSRevenue, schemas.NSVoucher)
	for file, ns := range map[string]string{
		"base.xsd": schemas.NSBase, "revenue.xsd": schemas.NSRevenue, "evd.xsd": schemas.NSVoucher,
	} {
		fmt.Fprintf(&b, `<xs:import namespace=%q schemaLocation=%q/>`, ns, file)
	}
	for _, row := range types {
		fmt.Fprintf(&b, `<xs:element name=%q type=%q/>`, strings.Replace(row[0], ":", ".", 1), row[0])
	}
	b.WriteString(`</xs:schema>`)
	engine, err := xsd.Compile(t.Context(), xsd.Bytes("probe.xsd", []byte(b.String())).WithResolver(bundleResolver))
	if err != nil {
		t.Fatal(err)
	}
	return func(name, value string) error {
		element := strings.Replace(name, ":", ".", 1)
		return engine.Validate(t.Context(), strings.NewReader("<"+element+">"+value+"</"+element+">"))
	}
}

// bundleResolver gives jacoelho/xsd the bundled schemas.
var bundleResolver = xsd.ResolverFunc(func(_ context.Context, _, location string) (xsd.SchemaSource, error) {
	text, ok := schemas.File(location)
	if !ok {
		return xsd.SchemaSource{}, os.ErrNotExist
	}
	return xsd.Bytes(location, text), nil
})
