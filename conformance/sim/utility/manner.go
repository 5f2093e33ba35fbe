package utility

import (
	"errors"

	"github.com/beevik/etree"

	"github.com/vendswitch/vendswitch/xmlvend"
)

// manner is how the servers of one vendor answer.
type manner struct {
	symbol string // of amounts; "": the ISO code
	codes  bool   // refusals keep the code that goes with them
	// rewrite puts one of our answers into the vendor's form; nil leaves it as it is.
	// code is the fault code of an answer that is a fault; it may be empty.
	rewrite func(document *etree.Document, code string)
}

// mannerOf holds the manners by the name of their dialect.
var mannerOf = map[string]*manner{
	"strict":      {},
	"hexing":      {symbol: "R", codes: true, rewrite: toHexing},
	"conlog-2016": {rewrite: toConlog2016},
	"conlog-2021": {rewrite: toConlog2021},
	"itron":       {rewrite: toItron},
}

var errNoManner = errors.New("the simulator does not know the servers of this dialect")

func (s *Server) manner() *manner { return mannerOf[s.config.Manner] }

// into rewrites a document. One that is no XML is left as it is.
func (m *manner) into(document []byte, answer xmlvend.Response) []byte {
	doc := etree.NewDocument()
	if m.rewrite == nil || doc.ReadFromBytes(document) != nil || doc.Root() == nil {
		return document
	}
	code := ""
	if f, ok := answer.(*xmlvend.FaultResp); ok {
		code = f.Fault.Code
	}
	m.rewrite(doc, code)
	rewritten, err := doc.WriteToBytes()
	if err != nil {
		return document
	}
	return rewritten
}

// each calls f for every element below the root.
func each(doc *etree.Document, f func(*etree.Element)) {
	for _, element := range doc.Root().FindElements("//*") {
		f(element)
	}
}
