// Package reference is a server for clients under test: the simulated town of
// conformance/sim/utility, which behaves towards each meter by a script, with an
// interceptor before it that judges what clients send.
//
//	server, err := reference.New(reference.Config{})
//	err = server.Serve(ctx, listener) // XMLVend at /xmlvend, the scripts at /meters
//	report := server.Report()
//
// [Scripts] is the table of meters. What a client ought to do with each is told
// there; what it did is judged by package rule, which sees the same connections
// as the client: it knows which vend was left without an answer.
//
// The server's own misdeeds are no findings: they are the scripts.
package reference
