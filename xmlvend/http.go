package xmlvend

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// contentType is what XMLVend documents are sent as, whatever the SOAP version.
const contentType = "text/xml; charset=utf-8"

// errTooLarge means that a document exceeds its limit, before or after
// decompression.
var errTooLarge = errors.New("the document is too large")

// soap12Type is the media type of SOAP 1.2.
const soap12Type = "application/soap+xml"

// xmlTypes are the media types accepted.
var xmlTypes = map[string]bool{"text/xml": true, soap12Type: true, "application/xml": true}

// read checks what HTTP says of the request and reads the body. For an error it
// also returns the status to answer with.
func (x *exchange) read(w http.ResponseWriter) (status int, kind RefusalKind, err error) {
	r := x.r
	if r.Method != http.MethodPost {
		return http.StatusMethodNotAllowed, RefusedMethod, fmt.Errorf("xmlvend: method %s", clip(r.Method, 20))
	}
	var acceptable bool
	if x.media, acceptable = mediaOf(r.Header.Get("Content-Type")); !acceptable {
		return http.StatusUnsupportedMediaType, RefusedContentType, errors.New("xmlvend: the content type must be text/xml or application/soap+xml, in UTF-8")
	}
	switch strings.ToLower(r.Header.Get("Content-Encoding")) {
	case "", "identity", "gzip", "x-gzip":
	default:
		return http.StatusUnsupportedMediaType, RefusedContentType, errors.New("xmlvend: the content encoding is not gzip")
	}
	x.call.Raw, err = readAtMost(http.MaxBytesReader(w, r.Body, MaxRequest), MaxRequest, r.ContentLength)
	if err == nil {
		x.call.Raw, err = Unzipped(x.call.Raw, MaxRequest)
	}
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge), errors.Is(err, errTooLarge):
		return http.StatusRequestEntityTooLarge, RefusedSize, fmt.Errorf("xmlvend: %w: more than %d bytes", errTooLarge, MaxRequest)
	case err != nil:
		return http.StatusInternalServerError, RefusedUnreadable, fmt.Errorf("xmlvend: reading the request: %w", err)
	}
	return 0, "", nil
}

// mediaOf returns the media type of a content type, and whether that is missing or is
// XML in UTF-8.
func mediaOf(contentType string) (media string, acceptable bool) {
	if contentType == "" {
		return "", true
	}
	media, params, err := mime.ParseMediaType(contentType)
	if err != nil || !xmlTypes[media] {
		return "", false
	}
	charset := params["charset"]
	return media, charset == "" || strings.EqualFold(charset, "utf-8") || strings.EqualFold(charset, "us-ascii")
}

var (
	gzipReaders sync.Pool
	gzipWriters = sync.Pool{New: func() any {
		w, _ := gzip.NewWriterLevel(io.Discard, gzip.BestSpeed)
		return w
	}}
)

// Unzipped decompresses a body, if it is compressed with gzip, to limit bytes at most.
// That is told from its beginning, which no XML has, and not from its header: there are
// proxies that change the one and forget the other, and clients of XMLVend that try. On
// an error it returns the body as it came.
func Unzipped(body []byte, limit int64) ([]byte, error) {
	if !bytes.HasPrefix(body, []byte{0x1f, 0x8b}) {
		return body, nil
	}
	z, _ := gzipReaders.Get().(*gzip.Reader)
	if z == nil {
		z = new(gzip.Reader)
	}
	defer gzipReaders.Put(z)
	if err := z.Reset(bytes.NewReader(body)); err != nil {
		return body, err
	}
	plain, err := readAtMost(z, limit, 0)
	if err != nil {
		return body, err
	}
	return plain, nil
}

// Zipped compresses a document with gzip.
func Zipped(doc []byte) []byte {
	var b bytes.Buffer
	z := gzipWriters.Get().(*gzip.Writer)
	z.Reset(&b)
	_, _ = z.Write(doc) // a bytes.Buffer does not fail
	_ = z.Close()
	gzipWriters.Put(z)
	return b.Bytes()
}

// readAtMost reads to the end, or fails with errTooLarge after limit bytes. expected
// is how many there will probably be, zero or less if nobody knows.
func readAtMost(r io.Reader, limit, expected int64) ([]byte, error) {
	room := min(max(expected, 0), limit) + bytes.MinRead // which a Buffer wants free to see the end
	doc := bytes.NewBuffer(make([]byte, 0, room))
	_, err := doc.ReadFrom(io.LimitReader(r, limit+1))
	if err == nil && int64(doc.Len()) > limit {
		return nil, errTooLarge
	}
	return doc.Bytes(), err
}

// acceptsGzip reports that the client takes answers compressed with gzip.
func acceptsGzip(r *http.Request) bool {
	for _, value := range r.Header.Values("Accept-Encoding") {
		for item := range strings.SplitSeq(value, ",") {
			coding, params, _ := strings.Cut(item, ";")
			if !strings.EqualFold(strings.TrimSpace(coding), "gzip") {
				continue
			}
			_, q, weighted := strings.Cut(params, "=")
			weight, err := strconv.ParseFloat(strings.TrimSpace(q), 64)
			return !weighted || err == nil && weight > 0
		}
	}
	return false
}

// answerType is the content type of the answer to a request of a media type: SOAP 1.2's
// own to a client that used it, text/xml to all others, for servers and clients of either
// version are known to send that.
func answerType(media string) string {
	if media == soap12Type {
		return soap12Type + "; charset=utf-8"
	}
	return contentType
}

// write sends a document.
func (x *exchange) write(w http.ResponseWriter, status int, doc []byte) {
	if acceptsGzip(x.r) {
		doc = Zipped(doc)
		w.Header().Set("Content-Encoding", "gzip")
	}
	w.Header().Set("Content-Type", answerType(x.media))
	w.Header().Set("Content-Length", strconv.Itoa(len(doc)))
	w.WriteHeader(status)
	_, _ = w.Write(doc) // a client that is gone asks again with an advice
}
