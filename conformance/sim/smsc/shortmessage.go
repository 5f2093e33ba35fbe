package smsc

import (
	"context"
	"fmt"
	"strings"

	"github.com/linxGnu/gosmpp/data"
	"github.com/linxGnu/gosmpp/pdu"
)

// part is one short message, or one part of a longer one.
type part struct {
	key         partKey
	number, all byte // from 1; 1 of 1 for a whole one
	text        string
	coding      string
}

// partKey tells the parts of one message from those of others.
type partKey struct {
	from, to  string
	reference byte
}

// partial is a longer message of which parts have come.
type partial struct {
	texts map[byte]string
}

// maxPartials bounds what is kept of longer messages that never become whole.
const maxPartials = 1000

// readPart reads a submit_sm.
func readPart(p *pdu.SubmitSM) (part, error) {
	out := part{key: partKey{from: p.SourceAddr.Address(), to: p.DestAddr.Address()}, number: 1, all: 1}
	encoding, coding := data.GSM7BIT, "gsm-7"
	if used := p.Message.Encoding(); used != nil {
		switch used.DataCoding() {
		case data.UCS2Coding:
			encoding, coding = data.UCS2, "ucs-2"
		case data.LATIN1Coding, data.ASCIICoding:
			encoding, coding = data.LATIN1, "latin-1"
		}
	}
	out.coding = coding
	var err error
	if out.text, err = p.Message.GetMessageWithEncoding(encoding); err != nil {
		return out, err
	}
	if payload, has := p.OptionalParameters[pdu.TagMessagePayload]; has && out.text == "" {
		if out.text, err = encoding.Decode(payload.Data); err != nil {
			return out, err
		}
	}
	if all, number, reference, joined := p.Message.UDH().GetConcatInfo(); joined {
		out.key.reference, out.number, out.all = reference, number, all
	}
	if out.number == 0 || out.number > out.all {
		return out, fmt.Errorf("smsc: part %d of %d", out.number, out.all)
	}
	return out, nil
}

// join keeps a message when all its parts are there. A part that is not the last gets
// an id of its own.
func (s *Server) join(p part) Message {
	m := Message{Via: "smpp", From: p.key.from, To: p.key.to, Text: p.text, Coding: p.coding, Parts: int(p.all)}
	if p.all == 1 {
		return s.keep(m)
	}
	s.mu.Lock()
	whole := s.parts[p.key]
	if whole == nil {
		if len(s.parts) >= maxPartials {
			clear(s.parts)
		}
		whole = &partial{texts: map[byte]string{}}
		s.parts[p.key] = whole
	}
	whole.texts[p.number] = p.text
	if len(whole.texts) < int(p.all) {
		m.ID, m.At = s.nextID(), s.config.Now().UTC()
		s.mu.Unlock()
		return m
	}
	delete(s.parts, p.key)
	var text strings.Builder
	for number := byte(1); number <= p.all; number++ {
		text.WriteString(whole.texts[number])
		if number == 255 {
			break
		}
	}
	s.mu.Unlock()
	m.Text = text.String()
	return s.keep(m)
}

// receipt sends a delivery receipt, as the appendix of SMPP 3.4 has it.
func (s *Server) receipt(ctx context.Context, of *pdu.SubmitSM, m Message, fault Fault) {
	state, delivered := "DELIVRD", 1
	switch fault.Kind {
	case Undelivered:
		state, delivered = "UNDELIV", 0
	case Rejected:
		state, delivered = "REJECTD", 0
	}
	const minute = "0601021504"
	text := fmt.Sprintf("id:%s sub:001 dlvrd:%03d submit date:%s done date:%s stat:%s err:%03d text:%s", m.ID, delivered,
		m.At.Format(minute), s.config.Now().UTC().Format(minute), state, 1-delivered, ascii(m.Text, 20))
	times := 1
	if fault.Kind == Duplicate {
		times = 2
	}
	for range times {
		for range s.config.Tries {
			p := pdu.NewDeliverSM().(*pdu.DeliverSM)
			p.SourceAddr, p.DestAddr, p.EsmClass = of.DestAddr, of.SourceAddr, esmReceipt
			if p.Message.SetMessageWithEncoding(text, data.GSM7BIT) != nil {
				return // which ASCII cannot be
			}
			if s.deliver(ctx, p) == nil || !s.wait(ctx, s.config.Pause) {
				break
			}
		}
	}
}

// esmReceipt is the esm_class of a delivery receipt.
const esmReceipt = 0x04

// deliverSM sends an SMS from a phone to who is bound.
func (s *Server) deliverSM(ctx context.Context, in Inbound) error {
	encoding := data.GSM7BIT
	if len(data.ValidateGSM7String(in.Text)) > 0 {
		encoding = data.UCS2
	}
	messages, err := split(in.Text, encoding)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrInbound, err)
	}
	for _, message := range messages {
		p := pdu.NewDeliverSM().(*pdu.DeliverSM)
		if p.SourceAddr, err = address(in.From); err != nil {
			return fmt.Errorf("%w: from: %w", ErrInbound, err)
		}
		if p.DestAddr, err = address(in.To); err != nil {
			return fmt.Errorf("%w: to: %w", ErrInbound, err)
		}
		if len(messages) > 1 {
			p.EsmClass = data.SM_UDH_GSM
		}
		p.Message = *message
		if err := s.deliver(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

// split divides a text among as many messages as it needs. The library counts octets of
// GSM-7 as if they were packed and are not; 160 characters are one message.
func split(text string, encoding data.Encoding) ([]*pdu.ShortMessage, error) {
	const single = 160
	if encoded, err := encoding.Encode(text); err == nil && encoding == data.GSM7BIT && len(encoded) <= single {
		message, err := pdu.NewShortMessageWithEncoding(text, encoding)
		return []*pdu.ShortMessage{&message}, err
	}
	return pdu.NewLongMessageWithEncoding(text, encoding)
}

// address is a number in international form, or a name, with the type that says so.
func address(text string) (pdu.Address, error) {
	const international, alphanumeric, isdn = 1, 5, 1
	if strings.Trim(text, "+0123456789") != "" {
		return pdu.NewAddressWithTonNpiAddr(alphanumeric, 0, text)
	}
	return pdu.NewAddressWithTonNpiAddr(international, isdn, strings.TrimPrefix(text, "+"))
}

// ascii is the beginning of a text, fit for a receipt.
func ascii(text string, most int) string {
	out := make([]byte, 0, most)
	for _, r := range text {
		if len(out) == most {
			break
		}
		if r < ' ' || r > '~' {
			r = '?'
		}
		out = append(out, byte(r))
	}
	return string(out)
}
