// Package bank reads what banks send about money on the operator's accounts, by SMS
// and by mail, into plain records, and judges whether they may be believed.
//
// How a bank words its messages is data: one file of templates per bank, versioned,
// embedded here, to which an operator adds files of his own. Whom to believe is a
// Policy. A Reader is made of the two; Read takes one message and returns what it
// says and a Verdict. It stores nothing and knows no merchant's account: Candidates
// finds what could be a merchant's key in a reference, and no more.
//
// What a payer types, the reference, is the enemy's text. A message is read from
// the outside in: anchored at its start and its end, with the reference as what is
// left between them, so that nothing in it is taken for the bank's own words.
package bank
