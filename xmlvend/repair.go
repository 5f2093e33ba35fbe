package xmlvend

import (
	"fmt"

	"github.com/beevik/etree"
)

// rule is one repair. It changes the document and says whether it did. It leaves valid
// what is valid, and does nothing to a valid request; of a valid answer it may mend what
// the schema cannot see, such as a VAT of 0.15 per cent. To what it has been applied to
// it does nothing more, but for vatAsFraction, which goes by a figure alone.
type rule struct {
	name string
	fix  func(d *draft) bool
}

// Repair brings a document back to the schema as far as the dialect's rules
// reach. It returns the document and the names of the rules that changed it;
// when none did, the bytes are the very ones given. A document that cannot be
// read at all fails with [ErrMalformed], [ErrDTD] or [ErrEncoding].
//
// Some rules put in something that is valid for something that is not and that
// nobody may lose or make up: an id, a name, a currency. Reading a message, which
// repairs it on the way, gives those values as they were sent.
func (d *Dialect) Repair(doc []byte) (repaired []byte, rules []string, err error) {
	if len(d.rules) == 0 {
		return doc, nil, nil
	}
	if _, err := parse(doc); err != nil {
		return doc, nil, fmt.Errorf("xmlvend: %w", err)
	}
	open, rules, err := d.mend(doc)
	if err != nil || rules == nil {
		return doc, nil, err
	}
	repaired, err = open.doc.WriteToBytes()
	return repaired, rules, err
}

// mend applies the rules to a document that can be read. The draft is nil when none
// changed it.
func (d *Dialect) mend(doc []byte) (open *draft, rules []string, err error) {
	if len(d.rules) == 0 {
		return nil, nil, nil
	}
	if open, err = newDraft(doc); err != nil {
		return nil, nil, fmt.Errorf("xmlvend: %w", err)
	}
	for _, r := range d.rules {
		if r.fix(open) {
			rules = append(rules, r.name)
			open.index()
		}
	}
	if rules == nil {
		return nil, nil, nil
	}
	return open, rules, nil
}

// repair is mend for a document that was read and judged. It returns the tree of the
// repaired one, read and judged anew if there is anything new.
func (d *Dialect) repair(t *tree, doc []byte) (repaired *tree, rules []string, err error) {
	open, rules, err := d.mend(doc)
	if err != nil || rules == nil {
		return t, nil, err
	}
	mended, err := open.doc.WriteToBytes()
	if err != nil {
		return nil, rules, err
	}
	if t, err = parseAndJudge(mended); err != nil {
		return nil, rules, fmt.Errorf("xmlvend: %w", err)
	}
	t.sent = open.asSent()
	return t, rules, nil
}

// values are what attributes held, by their names; under "" is the text of the
// element.
type values map[string]string

// standIn gives an attribute a value that the schema accepts, and remembers the one
// that was sent, which is "" if there was none.
func (d *draft) standIn(n ref, key, value string) {
	was, _ := d.attr(n, key)
	d.remember(n, key, was)
	d.elements[n].CreateAttr(key, value)
}

// standInText is standIn for the text of an element.
func (d *draft) standInText(n ref, value string) {
	d.remember(n, "", d.text(n))
	d.elements[n].SetText(value)
}

func (d *draft) remember(n ref, key, was string) {
	el := d.elements[n]
	if d.was == nil {
		d.was = map[*etree.Element]values{}
	}
	if d.was[el] == nil {
		d.was[el] = values{}
	}
	if _, known := d.was[el][key]; !known {
		d.was[el][key] = was
	}
}

// asSent returns what standIn remembers by the place of the element in the document.
func (d *draft) asSent() map[ref]values {
	if d.was == nil {
		return nil
	}
	sent := make(map[ref]values, len(d.was))
	for n, el := range d.elements {
		if was := d.was[el]; was != nil {
			sent[ref(n)] = was
		}
	}
	return sent
}
