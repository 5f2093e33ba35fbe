// Package mutanttest makes mutants of messages, for tests that look for what a decoder does not survive.
package mutanttest

import (
	"math/rand/v2"

	"github.com/beevik/etree"
)

// Each is how many mutants of each sample the tests look at when nobody fuzzes: those of the seeds from 1 to Each.
const Each = 8

// Of returns a document to which one to four things were done that a parser survives, and a decoder may not:
// elements and attributes are removed, repeated, exchanged, renamed. The same seed does the same; zero does nothing, and
// nothing can be done to what is no XML.
func Of(doc []byte, seed uint64) []byte {
	if seed == 0 {
		return doc
	}
	tree := etree.NewDocument()
	if err := tree.ReadFromBytes(doc); err != nil || tree.Root() == nil {
		return doc
	}
	random := rand.New(rand.NewPCG(seed, 0))
	for range 1 + random.IntN(4) {
		change(tree.Root(), random)
	}
	text, err := tree.WriteToBytes()
	if err != nil {
		return doc
	}
	return text
}

// change does one thing below the root.
func change(root *etree.Element, random *rand.Rand) {
	all := root.FindElements(".//*")
	if len(all) == 0 {
		return
	}
	one, other := all[random.IntN(len(all))], all[random.IntN(len(all))]
	switch random.IntN(9) {
	case 0:
		one.Parent().RemoveChild(one)
	case 1:
		one.Parent().InsertChildAt(one.Index(), one.Copy())
	case 2:
		siblings := one.Parent().ChildElements()
		one.Parent().InsertChildAt(siblings[random.IntN(len(siblings))].Index(), one)
	case 3:
		one.Space, one.Tag = other.Space, other.Tag
	case 4:
		other.AddChild(one.Copy())
	case 5:
		one.SetText(pick(random, other.Text(), "", " ", "0", "-1", "|", "99999999999999999999", "\u00e9\u2028"))
	case 6:
		if len(other.Attr) > 0 {
			a := other.Attr[random.IntN(len(other.Attr))]
			one.CreateAttr(a.FullKey(), a.Value)
		}
	case 7:
		if len(one.Attr) > 0 {
			one.RemoveAttr(one.Attr[random.IntN(len(one.Attr))].FullKey())
		}
	case 8:
		if len(one.Attr) > 0 {
			one.Attr[random.IntN(len(one.Attr))].Value = pick(random, "", "0", "0.15", "-0.001", "20240611101500123", "b:VAT", "x:y", ":", "1e9", "null", "KWH")
		}
	}
}

func pick(random *rand.Rand, from ...string) string { return from[random.IntN(len(from))] }
