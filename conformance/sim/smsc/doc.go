// Package smsc simulates an SMS centre and an SMS gateway: it takes SMS for phones as
// Kannel's sendsms does, and over SMPP 3.4, keeps them, reports their delivery, and
// sends SMS from phones the other way.
//
// # Starting one
//
//	centre, err := smsc.New(smsc.Config{Inbound: "http://127.0.0.1:8482/sms/kannel/SECRET"})
//	defer centre.Close()
//	http.ListenAndServe("127.0.0.1:13013", centre)   // /cgi-bin/sendsms, /control/…
//	go centre.ServeSMPP(listener)                    // for a real Kannel in between
//
// A switch can send to it without a Kannel; with one, the centre is what Kannel is
// bound to.
//
// # Making it misbehave
//
//	centre.Inject(smsc.Fault{Kind: smsc.DropAfter, Count: 1})
//	POST /control/faults {"kind":"slow","delay":"3s"}
//
// [FaultKind] lists the ways. They are for what is sent to phones.
//
// # SMS from phones
//
//	centre.Deliver(ctx, smsc.Inbound{Form: smsc.Kannel, From: "FNB", To: "27820000001", Text: "…"})
//	POST /control/inbound {"form":"africastalking","from":"FNB","to":"27820000001","text":"…","times":2}
//
// What is not answered with 2xx is posted again, under the same id, as gateways do;
// Times is how often it is posted after that too.
//
// # Control over HTTP
//
//	GET    /control/messages  what phones have got; ?to=NUMBER for one of them
//	GET    /control/faults    the faults that are on
//	POST   /control/faults    switch one on
//	DELETE /control/faults    switch all off
//	POST   /control/inbound   send an SMS from a phone
//
// The control half takes orders from anyone and shows what SMS say: it belongs on a
// loopback address.
package smsc
