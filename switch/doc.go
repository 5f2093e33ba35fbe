// Package vending is the switch itself: catalogue, routing, and the life of a
// sale, from an authenticated request to an outcome that can be rendered again
// and again.
//
// Channels (XMLVend, SMS, web) translate their requests into calls of a Switch
// and render what comes back. Products are fulfilled either from stock, in one
// transaction of the ledger, or by an online supplier, in two:
//
//	commit 1  message id claimed, sale held, outbound leg opened
//	          one call to the supplier, never sent again
//	commit 2  leg closed, hold posted or released, outcome stored
//
// Three promises hold at every line of this package: an acknowledged sale is
// never lost, a token is never sold twice, and no outcome stays unknown. What a
// supplier leaves open is asked after by the resolver until it is known or a
// person has decided it.
package vending
