// Package conformance says what is found out about XMLVend servers and clients
// from the outside: an [Exchange] is what was on the wire, a [Finding] what is
// wrong with one, a [Result] what became of a case that drove a server, and a
// [Report] all of it together.
//
// It depends on the protocol alone. The packages below it do the work: suite
// drives a server through cases, rule judges exchanges, reference is a server
// for clients under test, intercept sits between two, and report renders.
package conformance
