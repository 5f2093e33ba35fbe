// Package sms is the way in for SMS: the HTTP endpoint that SMS gateways post to. It
// knows who may post, reads the forms that gateways have, and hands each message to
// whoever the number is for that it was sent to; no rule of business lives here, and
// what a message says is none of its concern.
//
//	GET  /sms/kannel           an inbound SMS, as a get-url of Kannel
//	POST /sms/africastalking   an inbound SMS, as Africa's Talking posts it
//	GET  /sms/receipt          what became of an SMS of ours, as a dlr-url of Kannel
//
// A gateway shows the secret as its password (HTTP Basic), in the header X-SMS-Secret,
// or as the last part of the path, as in /sms/kannel/SECRET, for gateways that have no
// other way; whatever is in front must then keep paths out of its logs.
//
// An answer of 200 is a promise: the message is committed. Its body is empty, because
// Kannel sends what is in it to the sender. Until then a gateway gets 503, or no answer,
// and sends the message again; so a handler gets a message twice that it has committed
// if the answer was lost, and tells by Gateway and ID that it is the same.
package sms
