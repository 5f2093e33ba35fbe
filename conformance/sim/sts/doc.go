// Package sts makes and reads the 20-digit tokens of the Standard Transfer
// Specification (IEC 62055-41, edition 2 keys): what a prepayment meter's owner
// types into the keypad.
//
// # Making tokens
//
//	key, err := vendingKey.Derive(data)            // DKGA04
//	amount, err := sts.AmountOf(257)               // 25.7 kWh, rounded up
//	tid, err := sequence.Next(now)                 // minutes since the base date
//	token, err := sts.Seal(key, sts.Credit{RND: 5, TID: tid, Amount: amount})
//	fmt.Println(token.Grouped())                   // 1234 5678 …
//
// [Seal] takes any [Message]: [Credit], [Test], [MaxPower], [ClearCredit],
// [ClearTamper], [PhaseUnbalance], [WaterFactor]. [KeyChange] makes the four tokens that carry a new 128-bit
// key. A [Sequence] hands out token identifiers and never repeats one.
//
// # Reading tokens
//
// [Open] decrypts one token and checks its CRC. A [Meter] is a virtual meter:
// it opens tokens with the key it holds, refuses those it has seen or that are
// too old, counts the credit, and changes its key when a set is complete.
//
// # What is here and what is not
//
// Key generation is DKGA04 (HMAC-SHA-256) and encryption is EA11 (MISTY1),
// which are openly specified. EA07 is left out: its production substitution and
// permutation tables are handed out by the STS Association, under its terms.
//
// This is a simulator's code. Real vending keys never leave a security module;
// keys used with this package should be obviously fake. Keys and tokens still
// behave as secrets: no formatting verb prints them, only their own methods do.
package sts

import (
	"fmt"
	"io"
)

// redact is the body of every Format method of a secret in this package.
func redact(f fmt.State, name string) {
	// A fmt.State's Write does not fail; fmt reports its own errors.
	_, _ = io.WriteString(f, name+"(redacted)")
}
