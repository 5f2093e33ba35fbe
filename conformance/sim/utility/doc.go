// Package utility simulates an electricity utility's vending server: a small town
// of prepayment meters that answers XMLVend 2.1 and issues genuine STS tokens.
//
// # Starting one
//
//	town, err := utility.New(utility.Config{})   // the default town, strict XMLVend
//	defer town.Close()
//	http.ListenAndServe("127.0.0.1:8081", town)  // POST /xmlvend, /control/…
//
// [Config] has a good default for every field. [Numbers] gives a meter number for
// each [Kind] of the default town, [DemoClient] the client that may buy there,
// [HomeTariff] what it pays. [Server.XMLVend] and [Server.Control] are the two
// halves of the handler, for other paths or listeners.
//
// It answers every operation that is for meters, tokens and customers, from vends to
// engineering tokens; those for the vendor's books (reprints, statements, deposits and
// batches), and what Config.Lacks names, with UseCaseSupportEx.
//
// Whatever issues, takes money or changes something binds, as a vend does: its outcome
// is remembered by its message id, so that a repeat does not do it again and a
// lastResponse advice recovers it. Free electricity, a service charge and the units of
// a replaced meter are given once a month or once: for another try, a new town.
//
// A key change is of four tokens and an answer of updateMeterKey holds two: the second
// request for it brings the others.
//
// # Making it misbehave
//
//	town.Inject(utility.Fault{Kind: utility.DropAfter, Operation: utility.Vend, Count: 1})
//	POST /control/faults {"kind":"drop-after","operation":"vend","count":1}
//	POST /control/faults {"kind":"garbage","operation":"vend","meter":"01000001014"}
//	POST /control/faults {"kind":"late","operation":"issue","delay":"3s"}
//
// [FaultKind] lists the ways. Faults that wait do so for their Delay or, without
// one, until [Server.Release]; [Server.AwaitHeld] says when a request is waiting,
// so that no test needs to sleep.
//
// # Seeing what happened
//
// [Server.VendsReceived] counts how often a vend arrived under a message id, and
// [Server.Issued] lists every token that was made: what is needed to prove that a
// vend was never re-sent and a token came out once. [Server.VirtualMeter] gives a
// meter to type tokens into.
//
// # Control over HTTP
//
//	GET    /control/town      meters by kind, clients, limits
//	GET    /control/faults    the faults that are on
//	POST   /control/faults    switch one on
//	DELETE /control/faults    switch all off
//	POST   /control/release   let waiting requests go on
//	GET    /control/received  requests by operation and message id
//	GET    /control/issued    tokens issued; ?meter=NUMBER for one meter
//
// A town remembers every message and token until it is gone: it is for tests and
// demonstrations, not for a load of days.
//
// The control half shows tokens and takes orders from anyone: like all of the
// simulator, it belongs on a loopback address.
package utility
