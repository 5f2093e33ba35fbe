package schemas_test

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/lestrrat-go/libxml2/parser"

	"github.com/vendswitch/vendswitch/schemas"
)

func TestAHugeValueIsRefusedAndNotRepeated(t *testing.T) {
	huge := strings.Repeat("9", 2<<20)
	v := defaultValidator(t)
	for name, doc := range map[string]string{
		"pattern of an attribute": creditVend(t, "6009990000018", huge),
		"pattern of an element":   creditVend(t, "<b:opName>", "<b:opName>"+huge),
		"pattern of a secret":     creditVend(t, "<b:password>", "<b:password>"+huge),
		"atomic type":             creditVend(t, `value="`, `value="`+huge+"x"),
		"length":                  creditVend(t, `id="1"`, `id="`+huge+`"`),
		"name":                    creditVend(t, "<b:opName>", "<b:opName><b:"+huge[:40000]+"x/>"),
		"name in a name":          creditVend(t, "<b:authCred>", "<b:x"+huge[:40000]+"/><b:authCred>"),
		"namespace":               creditVend(t, "<b:authCred>", `<x xmlns="urn:`+huge+`"/><b:authCred>`),
	} {
		t.Run(name, func(t *testing.T) {
			for _, violation := range refused(t, v, doc).Violations {
				if n := len(violation.String()); n > 4096 {
					t.Errorf("a violation of %d bytes", n)
				}
			}
		})
	}
}

func TestALongMessageKeepsItsEnd(t *testing.T) {
	v := defaultValidator(t)
	reason := refused(t, v, creditVend(t, "6009990000018", strings.Repeat("é", 5000))).Violations[0].Reason
	if !strings.Contains(reason, " … ") || !strings.HasSuffix(reason, "is not accepted by the pattern '[0-9]{13}'") {
		t.Errorf("got %q", reason)
	}
}

func TestOnlyTheFirstViolationsAreReported(t *testing.T) {
	item := `<r:lineItem><r:desc>d</r:desc><r:amt/><r:appliedDate>2024-06-10T09:00:00Z</r:appliedDate></r:lineItem>`
	doc := readSample(t, "resp-vendor-statement.xml")
	doc = strings.Replace(doc, "</r:statement>", strings.Repeat(item, 1000)+"</r:statement>", 1)
	invalid := refused(t, defaultValidator(t), doc)
	if len(invalid.Violations) != schemas.MaxViolations {
		t.Errorf("%d violations, want %d", len(invalid.Violations), schemas.MaxViolations)
	}
	if !strings.HasSuffix(invalid.Error(), fmt.Sprintf("(and %d more)", schemas.MaxViolations-1)) {
		t.Errorf("got %q", invalid)
	}
}

func TestControlCharactersOfAValueStayOutOfTheReason(t *testing.T) {
	reason := refused(t, defaultValidator(t), creditVend(t, "6009990000018", "1&#10;level=INFO&#x85;2")).Violations[0].Reason
	if strings.ContainsAny(reason, "\n\r\u0085") || !strings.Contains(reason, "1 level=INFO 2") {
		t.Errorf("got %q", reason)
	}
}

// What libxml2 would spend quadratic time on is refused before it starts, or as soon as it is seen.
func TestDocumentsMadeToExhaustTheParserAreRefused(t *testing.T) {
	attributes := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	nested := ""
	for i := range 8 {
		nested = "<a" + strings.ReplaceAll(attributes(100, ` xmlns:n%d="u"`), "xmlns:n", fmt.Sprintf("xmlns:n%d.", i)) + ">" + nested + "</a>"
	}
	const limits = "nested too deeply, or otherwise beyond the parser's limits"
	tooMany := fmt.Sprintf("an element with more than %d attributes", schemas.MaxAttributes)
	tests := []struct {
		name, doc, reason string
	}{
		{"depth", withHeader(t, strings.Repeat("<a>", 100_000)), limits},
		{"attributes", withHeader(t, "<a"+attributes(100_000, ` b%d="'=>'"`)+"/>"), tooMany},
		{"attributes in single quotes", withHeader(t, "<a"+attributes(schemas.MaxAttributes+1, ` b%d=''`)+"/>"), tooMany},
		{"namespaces of one element", withHeader(t, "<a"+attributes(60_000, ` xmlns:b%d="u"`)+"/>"), tooMany},
		{"namespaces in scope", withHeader(t, nested), limits},
		{"an entity of entities", "<!DOCTYPE a [<!ENTITY a 'a'><!ENTITY b '&a;&a;'><!ENTITY c '&b;&b;'>]><a>&c;</a>", "a document type declaration, which SOAP forbids"},
	}
	v := defaultValidator(t)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := refused(t, v, test.doc).Violations[0].Reason; got != test.reason {
				t.Errorf("got %q, want %q", got, test.reason)
			}
		})
	}
}

func TestManyEqualsSignsAreNoAttributes(t *testing.T) {
	many := strings.Repeat("=", 1000)
	v := defaultValidator(t)
	for _, content := range []string{
		"<a>" + many + "</a>", `<a b="` + many + `"/>`, "<a b='>" + many + "'/>", "<!-- " + many + " -->", "<?a " + many + "?>",
		"<a><![CDATA[" + many + "]]></a>", strings.Repeat(`<a b="" c=""/>`, 1000),
	} {
		if err := v.Validate([]byte(withHeader(t, content))); err != nil {
			t.Errorf("%.20s: %v", content, err)
		}
	}
}

// A document cannot make the process read a file or open a connection, neither through a DTD nor through hints at the
// whereabouts of schemas.
func TestNothingIsLoadedThatADocumentNames(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret.txt")
	if err := os.WriteFile(file, []byte("c0ffee"), 0o600); err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	dialled := make(chan struct{}, 1)
	go func() {
		if conn, err := listener.Accept(); err == nil {
			_ = conn.Close()
			dialled <- struct{}{}
		}
		close(dialled)
	}()
	there := "http://" + listener.Addr().String() + "/a"
	v := defaultValidator(t)

	for _, doc := range []string{
		`<!DOCTYPE a [<!ENTITY x SYSTEM "file://` + file + `">]><a>&x;</a>`,
		`<!DOCTYPE a SYSTEM "` + there + `"><a/>`,
		`<!DOCTYPE a [<!ENTITY % x SYSTEM "` + there + `">%x;]><a/>`,
	} {
		if invalid := refused(t, v, doc); invalid.Kind != schemas.DTD || strings.Contains(invalid.Error(), "c0ffee") {
			t.Errorf("got %v", invalid)
		}
	}
	// Nor can another user of libxml2 in the process, whatever it asks for.
	careless := parser.New(parser.XMLParseNoEnt, parser.XMLParseDTDLoad, parser.XMLParseNoError)
	if doc, err := careless.ParseString(`<!DOCTYPE a [<!ENTITY x SYSTEM "file://` + file + `">]><a>&x;</a>`); err == nil {
		if strings.Contains(doc.String(), "c0ffee") {
			t.Error("libxml2 loaded a file")
		}
		doc.Free()
	}
	hints := fmt.Sprintf(`xsi:schemaLocation="%s %s urn:x file://%s" xsi:noNamespaceSchemaLocation="%s" `, schemas.NSBase, there, file, there)
	if err := v.Validate([]byte(creditVend(t, "<r:creditVendReq>", "<r:creditVendReq "+hints+">"))); err != nil {
		t.Errorf("hints at schemas: %v", err)
	}

	_ = listener.Close()
	if _, reached := <-dialled; reached {
		t.Error("a connection was opened")
	}
}

func TestOneValidatorServesManyGoroutines(t *testing.T) {
	v := defaultValidator(t)
	all := samples(t)
	alone := make([]string, len(all))
	for i, s := range all {
		alone[i] = fmt.Sprint(v.Validate(s.doc))
	}
	var wg sync.WaitGroup
	for seed := range uint64(8) {
		wg.Go(func() {
			random := rand.New(rand.NewPCG(seed, 1))
			for range 500 {
				i := random.IntN(len(all))
				if got := fmt.Sprint(v.Validate(all[i].doc)); got != alone[i] {
					t.Errorf("%s: got %s, alone %s", all[i].file, got, alone[i])
				}
			}
		})
	}
	wg.Wait()
}

func TestAValidDocumentCostsNoAllocation(t *testing.T) {
	v := defaultValidator(t)
	doc := []byte(readSample(t, "req-credit-vend-generic.xml"))
	if n := testing.AllocsPerRun(100, func() { _ = v.Validate(doc) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestValidatorsMayBeMadeAndForgotten(t *testing.T) {
	doc := []byte(readSample(t, "req-credit-vend-generic.xml"))
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 4 {
				v, err := schemas.New()
				if err != nil {
					t.Error(err)
					return
				}
				if err := v.Validate(doc); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}
