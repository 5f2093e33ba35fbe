package conformance

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"strings"
)

// Unpack undoes the Content-Encoding of a body that was read as sent, and keeps at
// most limit bytes of it. What cannot be undone is left, and marked as Packed: it may
// hold secrets that nobody could find in it.
func (m *Message) Unpack(limit int) {
	coding := strings.ToLower(strings.TrimSpace(strings.Join(m.Header.Values("Content-Encoding"), ", ")))
	if coding == "" || coding == "identity" || len(m.Body) == 0 {
		return
	}
	plain, err := gunzip(coding, m.Body, limit)
	if err != nil && (!m.Cut || len(plain) == 0) {
		m.Packed = true
		return
	}
	if len(plain) > limit {
		plain, m.Cut = plain[:limit], true
	}
	m.Body = plain
}

// gunzip returns what could be unpacked, and one byte more than the limit if there is more.
func gunzip(coding string, packed []byte, limit int) ([]byte, error) {
	if coding != "gzip" && coding != "x-gzip" {
		return nil, errors.ErrUnsupported
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(z, int64(limit)+1))
}
