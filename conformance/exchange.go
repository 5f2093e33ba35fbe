package conformance

import (
	"net/http"
	"time"
)

// Exchange is one request with what came back, as they were on the wire. It may
// hold passwords, tokens and PINs: only [Exchange.Record] makes it fit to keep.
type Exchange struct {
	Began    time.Time
	Took     time.Duration
	Request  Message
	Response *Message // nil if none came
	Err      string   // why none came, in words for a person; empty if one did
}

// Message is an HTTP message of either direction.
type Message struct {
	Status int         // of a response; 0 of a request
	Header http.Header // as received
	Body   []byte      // decompressed; at most as long as XMLVend allows
	Cut    bool        // Body is only the beginning: the rest was longer than is kept, or never came
	Packed bool        // Body is as sent: its Content-Encoding could not be undone; see [Message.Unpack]
	Plain  bool        // it travelled without TLS, as far as is known
}
