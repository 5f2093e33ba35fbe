package schemas

/*
#cgo pkg-config: libxml-2.0
#cgo noescape vs_validate
#cgo nocallback vs_validate
#include <stdlib.h>
#include "libxml.h"
*/
import "C"

import (
	"fmt"
	"runtime"
	"strconv"
	"sync"
	"unsafe"

	"github.com/lestrrat-go/libxml2/xsd"
)

// MaxViolations is how many violations of one document are reported.
const MaxViolations = C.VS_MAX_VIOLATIONS

// Validator checks documents against the bundled schemas. It is safe for concurrent use.
type Validator struct {
	schema *xsd.Schema
}

// Default returns the validator that the whole process shares. It is compiled at the first call, in a few milliseconds.
func Default() (*Validator, error) { return shared() }

var shared = sync.OnceValues(New)

// initialise prepares libxml2 once for the whole process: from then on it loads nothing but the bundled schemas, so no
// document, schema or other user of the library can make it open a file or a connection.
var initialise = sync.OnceValue(func() error {
	C.vs_init()
	for _, name := range Names() {
		text, _ := File(name)
		if C.vs_bundle(C.CString(name), (*C.char)(C.CBytes(text)), C.int(len(text))) == 0 {
			return fmt.Errorf("schemas: no room for %s", name)
		}
	}
	return nil
})

// compiling is held while a schema is compiled, which libxml2 cannot do twice at a time.
var compiling sync.Mutex

// New compiles the bundled schemas. Most programs want Default.
func New() (*Validator, error) {
	if err := initialise(); err != nil {
		return nil, err
	}
	compiling.Lock()
	defer compiling.Unlock()
	schema, err := xsd.ParseFromFile("embed:///" + root)
	if err != nil {
		return nil, fmt.Errorf("schemas: compile %s: %w", root, err)
	}
	v := &Validator{schema: schema}
	runtime.AddCleanup(v, (*xsd.Schema).Free, schema)
	return v, nil
}

// Validate judges a whole document, which must be a SOAP 1.1 or 1.2 envelope in UTF-8 (with or without a byte order
// mark) without a DTD. It returns nil if the document is valid, else an *Invalid. It allocates nothing for a valid
// document and does not keep doc. The caller limits the size: time and memory grow with it.
func (v *Validator) Validate(doc []byte) error {
	if invalid := checkEncoding(doc); invalid != nil {
		return invalid
	}
	if invalid := checkAttributes(doc); invalid != nil {
		return invalid
	}
	report := C.vs_validate(C.uintptr_t(v.schema.Pointer()), (*C.char)(unsafe.Pointer(unsafe.SliceData(doc))), C.int(len(doc)))
	runtime.KeepAlive(v)
	if report == nil {
		return nil
	}
	defer C.vs_report_free(report)
	return newInvalid(report)
}

// LibxmlVersion returns the version of the libxml2 that is loaded, such as "2.9.14". Print it at start-up: Debian mends
// security bugs without changing it, but an old one should be noticed.
func LibxmlVersion() string {
	version := C.GoString(C.vs_version())
	if number, err := strconv.Atoi(version[:min(5, len(version))]); err == nil && number > 10000 {
		return fmt.Sprintf("%d.%d.%d", number/10000, number/100%100, number%100)
	}
	return version
}
