package ledger

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// OperatorStatus says whether a person may act.
type OperatorStatus string

const (
	OperatorActive   OperatorStatus = "active"
	OperatorProposed OperatorStatus = "proposed" // until a second operator approves
	OperatorBlocked  OperatorStatus = "blocked"
)

// Operator is a person who runs the switch. What takes four eyes takes two of them,
// so nobody may make a second self: from the third on, an operator who is added or
// let in again acts only once another has approved.
type Operator struct {
	Name         string
	PasswordHash string `json:"-"` // argon2id, PHC string form
	Status       OperatorStatus
	ProposedBy   string // who added them, or let them in again
}

// founders is how many operators are active as soon as they are added: there is
// nobody yet who could approve.
const founders = 2

const operatorSelect = "SELECT name, password_hash, status, proposed_by FROM operator"

func scanOperator(from scanner) (o Operator, err error) {
	return o, from.Scan(&o.Name, &o.PasswordHash, &o.Status, &o.ProposedBy)
}

// Operator reads one. Errors: ErrNotFound.
func (s *Store) Operator(ctx context.Context, name string) (Operator, error) {
	o, err := scanOperator(s.row(ctx, operatorSelect+" WHERE name = ?", name))
	return o, notFound(err)
}

// Operators lists all by name.
func (s *Store) Operators(ctx context.Context) ([]Operator, error) {
	return collect(ctx, s, scanOperator, operatorSelect+" ORDER BY name")
}

// AddOperator adds a person. The first two are active at once, later ones are
// proposed. It returns the operator as added. Errors: ErrExists.
func (s *Store) AddOperator(ctx context.Context, actor, name, passwordHash string) (Operator, error) {
	if actor == "" || name == "" || passwordHash == "" {
		return Operator{}, errors.New("operator: who adds them, a name and a password must be given")
	}
	c := &staffing{actor: actor, name: name, action: "operator.add"}
	c.judge = func(now *Operator) error {
		if now != nil || slices.ContainsFunc(c.staff, func(o Operator) bool { return SamePerson(o.Name, name) }) {
			return ErrExists // a second self would be one who differs in case
		}
		c.after = Operator{Name: name, PasswordHash: passwordHash, Status: OperatorProposed, ProposedBy: actor}
		if len(c.staff) < founders {
			c.after.Status = OperatorActive
		}
		c.sql, c.args = "INSERT INTO operator (name, password_hash, status, proposed_by) VALUES (?, ?, ?, ?)",
			[]any{name, passwordHash, string(c.after.Status), actor}
		return nil
	}
	return s.staff(ctx, c)
}

// ApproveOperator lets somebody act who is proposed. The actor is an operator,
// and neither that person nor who proposed them. Errors: ErrNotFound, ErrState (is
// not proposed), ErrSamePerson, ErrNoOperator.
func (s *Store) ApproveOperator(ctx context.Context, actor, name string) (Operator, error) {
	c := &staffing{actor: actor, name: name, action: "operator.approve"}
	c.judge = func(now *Operator) error {
		switch {
		case now == nil:
			return ErrNotFound
		case now.Status != OperatorProposed:
			return fmt.Errorf("%w: %s is %s", ErrState, name, now.Status)
		case SamePerson(actor, name) || SamePerson(actor, now.ProposedBy):
			return ErrSamePerson
		case !c.active(actor):
			return ErrNoOperator
		}
		c.change(*now, OperatorActive, now.ProposedBy)
		return nil
	}
	return s.staff(ctx, c)
}

// BlockOperator keeps a person from acting: anybody else may. Errors: ErrNotFound.
func (s *Store) BlockOperator(ctx context.Context, actor, name string) (Operator, error) {
	c := &staffing{actor: actor, name: name, action: "operator.block"}
	c.judge = func(now *Operator) error {
		if now == nil {
			return ErrNotFound
		}
		c.change(*now, OperatorBlocked, now.ProposedBy)
		return nil
	}
	return s.staff(ctx, c)
}

// UnblockOperator proposes to let a blocked person act again. Errors: ErrNotFound,
// ErrState (is not blocked), ErrSamePerson (a blocked person asks for themselves).
func (s *Store) UnblockOperator(ctx context.Context, actor, name string) (Operator, error) {
	c := &staffing{actor: actor, name: name, action: "operator.unblock"}
	c.judge = func(now *Operator) error {
		switch {
		case now == nil:
			return ErrNotFound
		case now.Status != OperatorBlocked:
			return fmt.Errorf("%w: %s is %s", ErrState, name, now.Status)
		case SamePerson(actor, name):
			return ErrSamePerson
		}
		c.change(*now, OperatorProposed, actor)
		return nil
	}
	return s.staff(ctx, c)
}

// SetOperatorPassword replaces a person's own password hash if it still is
// oldHash. Errors: ErrChanged.
func (s *Store) SetOperatorPassword(ctx context.Context, name, oldHash, newHash string) error {
	o := &operation{actor: name, action: "operator.password", key: name}
	o.step(ErrChanged, "UPDATE operator SET password_hash = ? WHERE name = ? AND password_hash = ?", newHash, name, oldHash)
	return s.operate(ctx, o)
}

// staffing is a change to one operator. It sees them all.
type staffing struct {
	actor, name, action string
	judge               func(now *Operator) error // decides, and says what is written

	staff []Operator
	after Operator
	sql   string
	args  []any
}

func (s *Store) staff(ctx context.Context, c *staffing) (Operator, error) {
	if !storable(c.name) || !storable(c.actor) {
		return Operator{}, errText
	}
	err := s.writer.do(ctx, c)
	switch {
	case errors.Is(err, ErrExists):
		return Operator{}, ErrExists
	case err != nil:
		return Operator{}, err // the change may still be running elsewhere
	}
	return c.after, nil
}

func (c *staffing) need(*needs) {}

func (c *staffing) peek(ctx context.Context, q queryer) error {
	var rows []struct {
		Name         string `db:"name"`
		PasswordHash string `db:"password_hash"`
		Status       string `db:"status"`
		ProposedBy   string `db:"proposed_by"`
	}
	var turn int64 // one at a time: who may act at once depends on how many there are
	err := q.get(ctx, &turn, "UPDATE operator_turn SET turn = turn + 1 RETURNING turn")
	if err == nil {
		err = q.list(ctx, &rows, operatorSelect)
	}
	c.staff = nil
	for _, r := range rows {
		c.staff = append(c.staff, Operator{r.Name, r.PasswordHash, OperatorStatus(r.Status), r.ProposedBy})
	}
	return err
}

func (c *staffing) find(name string) *Operator {
	for i := range c.staff {
		if c.staff[i].Name == name {
			return &c.staff[i]
		}
	}
	return nil
}

func (c *staffing) active(name string) bool {
	o := c.find(name)
	return o != nil && o.Status == OperatorActive
}

// change writes a new status over the one that was seen.
func (c *staffing) change(from Operator, to OperatorStatus, proposer string) {
	c.after = from
	c.after.Status, c.after.ProposedBy = to, proposer
	c.sql = "UPDATE operator SET status = ?, proposed_by = ? WHERE name = ? AND status = ? AND proposed_by = ?"
	c.args = []any{string(to), proposer, from.Name, string(from.Status), from.ProposedBy}
}

func (c *staffing) decide(v *view) error {
	if err := c.judge(c.find(c.name)); err != nil {
		return err
	}
	v.exec(ErrChanged, c.sql, c.args...)
	v.entry(NewID(), EntryOperator, ID{}, ID{}, c.actor,
		OperatorBody{V: BodyVersion, Action: c.action, Key: c.name, After: c.after.Status}, nil)
	return nil
}
