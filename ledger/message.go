package ledger

import (
	"context"
	"errors"
)

// Void claims a message id as one that never sells, before anybody is promised
// that it did not. A request that arrives later under the id is refused with
// ErrMessageVoid. If the id was used already, the message that has it is
// returned and nothing changes.
func (s *Store) Void(ctx context.Context, k MessageKey, operation string) (Message, error) {
	if k == (MessageKey{}) {
		return Message{}, errors.New("void: no message id")
	}
	c := &void{key: k, operation: operation}
	err := s.writer.do(ctx, c)
	if gaveUp(err) {
		return Message{}, err
	}
	return c.message, err
}

type void struct {
	key       MessageKey
	operation string
	message   Message
}

func (c *void) need(n *needs) {
	n.messages = append(n.messages, c.key)
	n.look = true // who asks what became of a message has mostly sent it
}

func (c *void) decide(v *view) error {
	if known, seen := v.messages[c.key]; seen {
		c.message = known
		return nil
	}
	c.message = Message{Key: c.key, Kind: MessageVoid, Operation: c.operation, At: v.now}
	v.claim(c.message)
	v.entry(NewID(), EntryMessageVoid, ID{}, ID{}, v.store.node, VoidedBody{
		V: BodyVersion, Client: c.key.Client, DateTime: c.key.DateTime, Number: c.key.Number,
		Operation: c.operation,
	}, nil)
	return nil
}

// Message is what a message id was used for. Errors: ErrNotFound.
func (s *Store) Message(ctx context.Context, k MessageKey) (Message, error) {
	m, err := scanMessage(s.row(ctx, "SELECT "+messageColumns+
		" FROM message WHERE client = ? AND date_time = ? AND number = ?", k.Client, k.DateTime, k.Number))
	return m, notFound(err)
}
