package vault

import (
	"bytes"
	"compress/flate"
	"io"
	"sync"
)

// worthDeflating is from how many bytes on a value is deflated before it is
// sealed: suppliers' answers and outcomes are, PINs and tokens are not.
const worthDeflating = 256

// maxInflated bounds what a value may inflate to. What suppliers answer is
// bounded far below that.
const maxInflated = 16 << 20

// deflaters are expensive to make and cheap to use again.
var deflaters = sync.Pool{New: func() any {
	w, err := flate.NewWriter(nil, flate.BestSpeed)
	if err != nil {
		panic(err) // no such level, which is a constant
	}
	return w
}}

// deflate compresses plain (RFC 1951). It is false if that is not worth it.
func deflate(plain []byte) ([]byte, bool) {
	if len(plain) < worthDeflating {
		return nil, false
	}
	var out bytes.Buffer
	out.Grow(len(plain))
	w := deflaters.Get().(*flate.Writer)
	defer deflaters.Put(w)
	w.Reset(&out)
	_, err := w.Write(plain)
	if err == nil {
		err = w.Close()
	}
	return out.Bytes(), err == nil && out.Len() < len(plain)
}

// inflate undoes deflate.
func inflate(deflated []byte) ([]byte, error) {
	r := flate.NewReader(bytes.NewReader(deflated))
	defer r.Close()
	plain, err := io.ReadAll(io.LimitReader(r, maxInflated+1))
	if err != nil || len(plain) > maxInflated {
		return nil, ErrDamaged
	}
	return plain, nil
}
