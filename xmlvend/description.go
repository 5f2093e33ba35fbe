package xmlvend

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/vendswitch/vendswitch/schemas"
)

// Mount serves a service at a path such as /xmlvend, and its description where toolkits look for it: GET /xmlvend?wsdl
// answers with the WSDL (?WSDL too), and /xmlvend/schemas/base.xsd and its like with the schemas that it imports, so
// that nothing has to be fetched from elsewhere. Every other request for the path is the service's own.
//
// The WSDL gives publicURL as the address of the service, or if that is empty the one that the client asked: scheme
// and host as they reached this process. Answers have an ETag and want to be revalidated, which costs a few bytes.
func Mount(mux *http.ServeMux, at string, service http.Handler, publicURL string) {
	d := &description{service: service, publicURL: publicURL}
	mux.Handle(at, d)
	mux.HandleFunc("GET "+at+"/schemas/{name}", serveSchema)
}

// description tells a question about the service from a request to it.
type description struct {
	service   http.Handler
	publicURL string
}

// ServeHTTP answers the question, and passes the request on.
func (d *description) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	reads := r.Method == http.MethodGet || r.Method == http.MethodHead
	if !reads || !asksForWSDL(r.URL) {
		d.service.ServeHTTP(w, r)
		return
	}
	// Relative, so that the schemas are found by whatever way the WSDL was.
	folder := path.Base(r.URL.Path) + "/schemas"
	serveDescription(w, r, "xmlvend.wsdl", schemas.WSDL(d.address(r), folder))
}

// asksForWSDL reports ?wsdl, in whatever letter case and with whatever beside it.
func asksForWSDL(u *url.URL) bool {
	if u.RawQuery == "" {
		return false
	}
	for key := range u.Query() {
		if strings.EqualFold(key, "wsdl") {
			return true
		}
	}
	return false
}

// address is where the client is to send its requests.
func (d *description) address(r *http.Request) string {
	if d.publicURL != "" {
		return d.publicURL
	}
	return askedURL(r)
}

// askedURL is where a request came to, without what it asked for: scheme and host as
// they reached this process.
func askedURL(r *http.Request) string {
	asked := url.URL{Scheme: "http", Host: r.Host, Path: r.URL.Path}
	if r.TLS != nil {
		asked.Scheme = "https"
	}
	if local, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr); ok && asked.Host == "" {
		asked.Host = local.String() // HTTP/1.0 has no Host
	}
	return asked.String()
}

// serveSchema answers with a schema.
func serveSchema(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	text, found := schemas.File(name)
	if !found {
		http.NotFound(w, r)
		return
	}
	serveDescription(w, r, name, text)
}

// serveDescription sends a document, or says that the client has it already.
func serveDescription(w http.ResponseWriter, r *http.Request, name string, text []byte) {
	sum := sha256.Sum256(text)
	w.Header().Set("ETag", fmt.Sprintf("%q", hex.EncodeToString(sum[:16])))
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("Content-Type", contentType)
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(text))
}
