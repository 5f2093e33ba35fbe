package envelope

import "cmp"

// Limits bound what a delivery may cost to open. A zero field is its default.
type Limits struct {
	Input     int64 // bytes of a mail or file; more is refused before it is read
	Header    int64 // bytes of one header, and of each part's
	Parts     int   // parts of a mail, multiparts included
	Depth     int   // levels of parts within parts
	Cleartext int64 // bytes of what is decrypted and unpacked
	// Ratio is how many times larger than the message its cleartext may be. It counts
	// once the cleartext is larger than RatioFloor.
	Ratio int64
}

// Defaults of Limits. A million vouchers are some 70 MB in clear, and half that
// packed; random PINs pack to between a half and a tenth of their size.
const (
	DefaultInput     = 64 << 20
	DefaultHeader    = 256 << 10
	DefaultParts     = 100
	DefaultDepth     = 8
	DefaultCleartext = 512 << 20
	DefaultRatio     = 50
)

// RatioFloor is the size of cleartext, in bytes, up to which its ratio is not looked
// at: a small file of equal lines packs well.
const RatioFloor = 1 << 20

// MaxRecipients is the number of keys that a message may be encrypted to.
const MaxRecipients = 64

func (l Limits) withDefaults() Limits {
	return Limits{
		Input:     cmp.Or(l.Input, DefaultInput),
		Header:    cmp.Or(l.Header, DefaultHeader),
		Parts:     cmp.Or(l.Parts, DefaultParts),
		Depth:     cmp.Or(l.Depth, DefaultDepth),
		Cleartext: cmp.Or(l.Cleartext, DefaultCleartext),
		Ratio:     cmp.Or(l.Ratio, DefaultRatio),
	}
}
