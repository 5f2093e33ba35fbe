package ledger

import "context"

// operation is a change to parties or catalogue: statements, and the entry that
// says who did what.
type operation struct {
	actor  string
	action string // such as "merchant.add"
	key    string // of the record
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

func (s *Store) operate(ctx context.Context, o *operation) error { return s.writer.do(ctx, o) }
