// Package utility buys tokens from a utility's prepaid server over XMLVend.
//
// An Adapter is one vendor account on one server. It writes the request, sends it
// once, and judges what comes back by its content: an answer counts as a sale
// when its message id, meter, amounts and tokens can be read and are ours,
// whatever else is wrong with it; it counts as a refusal only when the fault is on
// the supplier's closed list. All else is unknown.
package utility
