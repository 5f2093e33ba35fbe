package bank

import "time"

// Channel is how a message came.
type Channel string

// The channels.
const (
	SMS  Channel = "sms"
	Mail Channel = "mail"
)

// Message is one message as it arrived.
type Message struct {
	Channel Channel
	ID      string    // of the transport: the gateway's message id, or the Message-ID
	Sender  string    // the sender id of an SMS; empty for mail, whose From is in Raw
	At      time.Time // received; zero if that is not known
	Raw     []byte    // the text of an SMS, or the whole of a mail (RFC 5322)
}

// Limits of what is read. A message beyond them is kept for a person.
const (
	MaxMail  = 8 << 20   // bytes of a mail, attachments included
	MaxText  = 256 << 10 // bytes of text in a mail, all parts together
	MaxSMS   = 4 << 10   // bytes of an SMS
	MaxDepth = 8         // parts within parts
	MaxParts = 100       // parts of a mail
	MaxUnits = 50        // messages of a bank in one mail

	maxHeader  = 256 << 10 // bytes of a mail's header
	maxMessage = 2 << 10   // bytes of one message of a bank
)
