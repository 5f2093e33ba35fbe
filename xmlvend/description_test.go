package xmlvend_test

import (
	"crypto/tls"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path"
	"strings"
	"testing"

	"github.com/beevik/etree"

	"github.com/vendswitch/vendswitch/schemas"
	"github.com/vendswitch/vendswitch/xmlvend"
)

// describedService is the service with its description, mounted at /here/xmlvend.
func describedService(t testing.TB, publicURL string) http.Handler {
	t.Helper()
	h, err := xmlvend.NewHandler(xmlvend.HandlerConfig{Service: sells(t), Server: server})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	xmlvend.Mount(mux, "/here/xmlvend", h, publicURL)
	return mux
}

func fetch(t *testing.T, client *http.Client, method, url string, header ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

func TestEverythingTheWSDLImportsComesFromTheServerItself(t *testing.T) {
	web := httptest.NewServer(describedService(t, ""))
	defer web.Close()
	seen := map[string]bool{}
	for todo := []string{web.URL + "/here/xmlvend?wsdl"}; len(todo) > 0; todo = todo[1:] {
		if seen[todo[0]] {
			continue
		}
		seen[todo[0]] = true
		base, err := url.Parse(todo[0])
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(todo[0], web.URL+"/") {
			t.Fatalf("%s is on another host", todo[0])
		}
		resp, body := fetch(t, web.Client(), http.MethodGet, todo[0])
		doc := etree.NewDocument()
		if err := doc.ReadFromString(body); err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s, %v", todo[0], resp.Status, err)
		}
		if got := resp.Header.Get("Content-Type"); got != "text/xml; charset=utf-8" {
			t.Errorf("%s is sent as %s", todo[0], got)
		}
		for _, e := range doc.FindElements("//*[@schemaLocation]") {
			at, err := base.Parse(e.SelectAttrValue("schemaLocation", ""))
			if err != nil {
				t.Fatal(err)
			}
			todo = append(todo, at.String())
		}
	}
	for _, name := range []string{"base.xsd", "revenue.xsd", "meter.xsd", "evd.xsd", "eskom-base-ext.xsd"} {
		if !seen[web.URL+"/here/xmlvend/schemas/"+name] {
			t.Errorf("%s is not imported", name)
		}
	}
}

func TestTheWSDLSaysWhereTheClientReachedTheService(t *testing.T) {
	for _, c := range []struct {
		name, host, publicURL, want string
		secure                      bool
	}{
		{"by name", "vend.example.com:8480", "", "http://vend.example.com:8480/here/xmlvend", false},
		{"with TLS", "vend.example.com", "", "https://vend.example.com/here/xmlvend", true},
		{"through a gateway that the settings know", "10.0.0.1", "https://shop.example.com/vend", "https://shop.example.com/vend", false},
		{"by a name made to break out", `a"/><b c="`, "", `http://a"%2F><b%20c="/here/xmlvend`, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodGet, "/here/xmlvend?wsdl", nil)
			r.Host = c.host
			if c.secure {
				r.TLS = new(tls.ConnectionState)
			}
			w := httptest.NewRecorder()
			describedService(t, c.publicURL).ServeHTTP(w, r)
			doc := etree.NewDocument()
			if err := doc.ReadFromBytes(w.Body.Bytes()); err != nil {
				t.Fatal(err)
			}
			all := doc.FindElements("//address")
			if len(all) != 1 || all[0].SelectAttrValue("location", "") != c.want {
				t.Errorf("%d addresses, the first %s", len(all), all[0].SelectAttrValue("location", ""))
			}
		})
	}
}

func TestTheDescriptionIsServedAsHTTPWantsIt(t *testing.T) {
	web := httptest.NewServer(describedService(t, ""))
	defer web.Close()
	at := web.URL + "/here/xmlvend"
	for _, c := range []struct {
		method, url string
		want        int
	}{
		{http.MethodGet, at + "?wsdl", http.StatusOK},
		{http.MethodGet, at + "?WSDL", http.StatusOK},
		{http.MethodGet, at + "?Wsdl=1&x=%zz", http.StatusOK},
		{http.MethodHead, at + "?wsdl", http.StatusOK},
		{http.MethodHead, at + "/schemas/base.xsd", http.StatusOK},
		{http.MethodGet, at, http.StatusMethodNotAllowed},
		{http.MethodGet, at + "?wsd", http.StatusMethodNotAllowed},
		{http.MethodPut, at + "?wsdl", http.StatusMethodNotAllowed},
		{http.MethodPost, at + "/schemas/base.xsd", http.StatusMethodNotAllowed},
		{http.MethodGet, at + "/schemas/", http.StatusNotFound},
		{http.MethodGet, at + "/schemas/schemas.go", http.StatusNotFound},
		{http.MethodGet, at + "/schemas/..%2fbase.xsd", http.StatusNotFound},
		{http.MethodGet, at + "/schemas/x/base.xsd", http.StatusNotFound},
	} {
		resp, body := fetch(t, web.Client(), c.method, c.url)
		if resp.StatusCode != c.want {
			t.Errorf("%s %s: %s", c.method, c.url, resp.Status)
		}
		if resp.StatusCode == http.StatusMethodNotAllowed && resp.Header.Get("Allow") == "" {
			t.Errorf("%s %s does not say what is allowed", c.method, c.url)
		}
		if c.method == http.MethodHead && (body != "" || resp.ContentLength <= 0) {
			t.Errorf("%s %s: %d bytes of body, length %d", c.method, c.url, len(body), resp.ContentLength)
		}
	}
}

func TestADescriptionTheClientHasIsNotSentAgain(t *testing.T) {
	web := httptest.NewServer(describedService(t, ""))
	defer web.Close()
	for _, what := range []string{"?wsdl", "/schemas/meter.xsd"} {
		first, _ := fetch(t, web.Client(), http.MethodGet, web.URL+"/here/xmlvend"+what)
		again, body := fetch(t, web.Client(), http.MethodGet, web.URL+"/here/xmlvend"+what, "If-None-Match", first.Header.Get("ETag"))
		if again.StatusCode != http.StatusNotModified || body != "" {
			t.Errorf("%s: %s, %d bytes", what, again.Status, len(body))
		}
		if first.Header.Get("Cache-Control") != "no-cache" {
			t.Errorf("%s may be kept: %s", what, first.Header.Get("Cache-Control"))
		}
	}
}

func TestARequestPostedToTheAddressOfTheWSDLIsServed(t *testing.T) {
	web := httptest.NewServer(describedService(t, ""))
	defer web.Close()
	for _, query := range []string{"", "?wsdl"} {
		resp, err := web.Client().Post(web.URL+"/here/xmlvend"+query, "text/xml", strings.NewReader(string(request(t, "", ""))))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", query, resp.Status)
		}
	}
}

func TestEverySchemaIsServedByItsName(t *testing.T) {
	web := httptest.NewServer(describedService(t, ""))
	defer web.Close()
	for _, name := range schemas.Names() {
		want, _ := schemas.File(name)
		if _, got := fetch(t, web.Client(), http.MethodGet, web.URL+path.Join("/here/xmlvend/schemas", name)); got != string(want) {
			t.Errorf("%s is not what it is", name)
		}
	}
}
