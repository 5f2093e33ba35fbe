// Package pos is the XMLVend server of the switch: the way in for dedicated POS
// terminals and for other vending platforms. It authenticates, translates,
// renders, and nothing more; no rule of business lives here.
//
// Each operation is one file, which names the request it serves (see offer). An
// answer about a sale is rendered from the sale's stored outcome and from nothing
// else, so a repeated request and an advice get the payload that the first
// request got, or should have got.
//
// What cannot be read, or is not what the schema says, never gets here: the
// xmlvend.Handler in front refuses it.
package pos
