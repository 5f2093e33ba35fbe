package smsc

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/linxGnu/gosmpp/data"
	"github.com/linxGnu/gosmpp/pdu"
)

// session is an ESME's connection.
type session struct {
	server *Server
	conn   net.Conn

	write sync.Mutex // one PDU at a time

	mu      sync.Mutex
	bound   bool
	gets    bool // bound as a receiver or transceiver
	waiting map[int32]chan data.CommandStatusType
}

// ServeSMPP serves SMPP 3.4 until Close, or until the listener fails.
func (s *Server) ServeSMPP(l net.Listener) error {
	stop := context.AfterFunc(s.living, func() { l.Close() })
	defer stop()
	for {
		conn, err := l.Accept()
		if err != nil {
			if s.living.Err() != nil {
				return nil
			}
			return err
		}
		sess := &session{server: s, conn: conn, waiting: map[int32]chan data.CommandStatusType{}}
		s.mu.Lock()
		if s.closed {
			s.mu.Unlock()
			conn.Close()
			return nil
		}
		s.sessions[sess] = true
		s.work.Go(sess.serve)
		s.mu.Unlock()
	}
}

// serve answers PDUs until the connection ends. A PDU that cannot be read ends it.
func (c *session) serve() {
	defer func() {
		c.conn.Close()
		c.server.mu.Lock()
		delete(c.server.sessions, c)
		c.server.mu.Unlock()
	}()
	for {
		p, err := pdu.Parse(c.conn)
		if err != nil || !c.answer(p) {
			return
		}
	}
}

// answer handles a PDU, and reports whether the session goes on.
func (c *session) answer(p pdu.PDU) bool {
	switch p := p.(type) {
	case *pdu.BindRequest:
		return c.bind(p)
	case *pdu.SubmitSM:
		return c.submit(p)
	case *pdu.EnquireLink:
		return c.send(p.GetResponse()) == nil
	case *pdu.Unbind:
		_ = c.send(p.GetResponse()) // it goes in any case
		return false
	case *pdu.DeliverSMResp:
		c.mu.Lock()
		if answered, ok := c.waiting[p.SequenceNumber]; ok {
			answered <- p.CommandStatus
			delete(c.waiting, p.SequenceNumber)
		}
		c.mu.Unlock()
		return true
	case *pdu.EnquireLinkResp, *pdu.UnbindResp, *pdu.GenericNack:
		return true
	}
	nack := pdu.NewGenericNack().(*pdu.GenericNack)
	nack.SequenceNumber, nack.CommandStatus = p.GetSequenceNumber(), data.ESME_RINVCMDID
	return c.send(nack) == nil
}

func (c *session) bind(p *pdu.BindRequest) bool {
	resp := p.GetResponse().(*pdu.BindResp)
	resp.SystemID = "smsc"
	config := c.server.config
	if subtle.ConstantTimeCompare([]byte(p.SystemID), []byte(config.User))&subtle.ConstantTimeCompare([]byte(p.Password), []byte(config.Password)) != 1 {
		resp.CommandStatus = data.ESME_RBINDFAIL
		_ = c.send(resp) // it goes in any case
		return false
	}
	c.mu.Lock()
	c.bound, c.gets = true, p.BindingType != pdu.Transmitter
	c.mu.Unlock()
	return c.send(resp) == nil
}

func (c *session) submit(p *pdu.SubmitSM) bool {
	resp := p.GetResponse().(*pdu.SubmitSMResp)
	c.mu.Lock()
	bound := c.bound
	c.mu.Unlock()
	if !bound {
		resp.CommandStatus = data.ESME_RINVBNDSTS
		return c.send(resp) == nil
	}
	fault := c.server.faults.take()
	switch fault.Kind {
	case Refuse:
		resp.CommandStatus = data.ESME_RSUBMITFAIL
	case Unavailable:
		resp.CommandStatus = data.ESME_RSYSERR
	case Throttle:
		resp.CommandStatus = data.ESME_RTHROTTLED
	case DropBefore:
		return false
	case Slow:
		if !c.server.wait(c.server.living, time.Duration(fault.Delay)) {
			return false
		}
	}
	if resp.CommandStatus != data.ESME_ROK {
		return c.send(resp) == nil
	}
	part, err := readPart(p)
	if err != nil {
		resp.CommandStatus = data.ESME_RINVMSGLEN
		return c.send(resp) == nil
	}
	m := c.server.join(part)
	if fault.Kind == Duplicate {
		c.server.join(part)
	}
	switch fault.Kind {
	case DropAfter:
		return false
	case Garbage:
		_, err := c.conn.Write([]byte("HTTP/1.1 200 OK\r\n\r\n"))
		return err == nil
	}
	resp.MessageID = m.ID
	if c.send(resp) != nil {
		return false
	}
	if p.RegisteredDelivery&wantsReceipt != 0 && fault.Kind != NoReceipt {
		c.server.later(func(ctx context.Context) { c.server.receipt(ctx, p, m, fault) })
	}
	return true
}

// wantsReceipt are the bits of registered_delivery that ask for one.
const wantsReceipt = 0x03

// send writes a PDU.
func (c *session) send(p pdu.PDU) error {
	b := pdu.NewBuffer(nil)
	p.Marshal(b)
	c.write.Lock()
	defer c.write.Unlock()
	if err := c.conn.SetWriteDeadline(time.Now().Add(answerTimeout)); err != nil {
		return err
	}
	_, err := c.conn.Write(b.Bytes())
	return err
}

var errNobodyBound = errors.New("smsc: nobody who takes messages is bound over SMPP")

// receiver returns a session that takes messages.
func (s *Server) receiver() *session {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.sessions {
		c.mu.Lock()
		gets := c.gets
		c.mu.Unlock()
		if gets {
			return c
		}
	}
	return nil
}

// Bound reports whether somebody is bound who takes messages.
func (s *Server) Bound() bool { return s.receiver() != nil }

// deliver sends a deliver_sm to who is bound, and waits until it is taken.
func (s *Server) deliver(ctx context.Context, p *pdu.DeliverSM) error {
	c := s.receiver()
	if c == nil {
		return errNobodyBound
	}
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	answered := make(chan data.CommandStatusType, 1)
	c.mu.Lock()
	c.waiting[p.SequenceNumber] = answered
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		delete(c.waiting, p.SequenceNumber)
		c.mu.Unlock()
	}()
	if err := c.send(p); err != nil {
		return err
	}
	select {
	case status := <-answered:
		if status != data.ESME_ROK {
			return fmt.Errorf("smsc: deliver_sm was answered with status %#x", int32(status))
		}
		return nil
	case <-ctx.Done():
		return fmt.Errorf("smsc: deliver_sm was not answered: %w", ctx.Err())
	}
}
