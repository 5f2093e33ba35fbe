package ledger

import (
	"context"
	"errors"
	"fmt"
)

// operation is a change to parties or catalogue: statements, and the entry that
// says who did what.
type operation struct {
	actor  string
	action string // such as "merchant.add"
	key    string // of the record
	owner  string // what a new record belongs to, such as "merchant M0001"; its absence is ErrNotFound
	after  any    // the record, without secrets
	floats []string
	apply  func(*view) error // what moves a float, before anything is written; may be nil
	steps  []execution
}

// step adds a statement that must touch one row; else the change fails with
// miss.
func (o *operation) step(miss error, sql string, args ...any) {
	o.steps = append(o.steps, execution{sql, args, 1, miss})
}

func (o *operation) need(n *needs) { n.floats = append(n.floats, o.floats...) }

func (o *operation) decide(v *view) error {
	if o.apply != nil {
		if err := o.apply(v); err != nil {
			return err
		}
	}
	v.rows.execs = append(v.rows.execs, o.steps...)
	v.entry(NewID(), EntryOperator, ID{}, ID{}, o.actor,
		OperatorBody{V: BodyVersion, Action: o.action, Key: o.key, After: o.after}, nil)
	return nil
}

// operate commits an operation. What the database refuses is said in the words
// of the record, not in those of the database.
func (s *Store) operate(ctx context.Context, o *operation) error {
	for _, step := range o.steps {
		for _, arg := range step.args {
			if text, ok := arg.(string); ok && !storable(text) {
				return errText
			}
		}
	}
	err := s.writer.do(ctx, o)
	switch {
	case errors.Is(err, ErrExists):
		return ErrExists
	case errors.Is(err, ErrNotFound) && o.owner != "":
		return fmt.Errorf("%s %w", o.owner, ErrNotFound)
	}
	return err
}
