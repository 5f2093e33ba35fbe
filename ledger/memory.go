package ledger

import "time"

// memory is what a writer knows of the database without asking: the floats as
// they were when the node started or as it last committed them, and the legs it has opened, with their sales. A change
// that is decided on memory saves the message that looks and locks.
//
// Memory may be out of date, for another writer, node or operator may have written
// meanwhile. Nothing wrong comes of it. Rows are written only over what memory
// says they were, and unique keys keep what is used up; if either fails, or if a
// change refuses what it was asked, the transaction is abandoned and decided
// again on rows that are looked at and locked. A refusal is never decided on
// memory alone.
//
// It belongs to the writer's goroutine.
type memory struct {
	floats map[string]*floatRow
	legs   map[ID]Leg  // open, of this node; not those that end with their sale
	sales  map[ID]Sale // held
	clock  time.Time   // the database's
	at     time.Time   // when it was asked, by ours
}

// Limits of memory.
const (
	// maxRemembered bounds each kind of row; beyond it that kind is forgotten.
	maxRemembered = 100_000

	// clockAge is for how long the database's clock is reckoned from ours since
	// it was last read. It is what leases are counted from.
	clockAge = time.Second

	// memoryAge is for how long what was decided on memory may be written. A node
	// that stood still meanwhile decides anew: its entries would be dated, and its
	// leases begin, long ago.
	memoryAge = 10 * time.Second
)

func newMemory() *memory {
	return &memory{
		floats: make(map[string]*floatRow),
		legs:   make(map[ID]Leg),
		sales:  make(map[ID]Sale),
	}
}

// recall puts what is needed into a view. It is false if something is not known.
// What keys have been used up is never known; see memory.
func (m *memory) recall(n *needs, v *view) bool {
	age := time.Since(m.at)
	if n.look || len(n.wants) > 0 || m.clock.IsZero() || age > clockAge {
		return false
	}
	v.clock = m.clock.Add(age)
	if !v.inOpenDay() {
		return false
	}
	for _, merchant := range n.floats {
		f, ok := m.floats[merchant]
		if !ok {
			return false
		}
		v.floats[merchant] = existingFloat(f.Float, f.blocked)
	}
	for _, id := range n.legs {
		l, ok := m.legs[id]
		if !ok {
			return false
		}
		v.legs[id] = existingLeg(l)
	}
	for _, id := range n.sales {
		s, ok := m.sales[id]
		if !ok {
			return false
		}
		v.sales[id] = existingSale(s)
	}
	return true
}

// learn remembers what a committed view has left.
func (m *memory) learn(v *view) {
	for merchant, f := range v.floats {
		room(m.floats)
		m.floats[merchant] = f
	}
	for id, l := range v.legs {
		if l.State != LegOpen || l.ID == l.SaleID || l.Node != v.store.node {
			delete(m.legs, id)
			continue
		}
		room(m.legs)
		m.legs[id] = l.Leg
	}
	for id, s := range v.sales {
		if s.State != SaleHeld {
			delete(m.sales, id)
			continue
		}
		room(m.sales)
		m.sales[id] = s.Sale
	}
}

// read notes what the database's clock has shown to who asked at that time. It is
// reckoned from there too fast rather than too slow, so that no lease is shorter
// than asked for.
func (m *memory) read(clock, asked time.Time) { m.clock, m.at = clock, asked }

// forget drops what a view was made of.
func (m *memory) forget(v *view) {
	for merchant := range v.floats {
		delete(m.floats, merchant)
	}
	for id := range v.legs {
		delete(m.legs, id)
	}
	for id := range v.sales {
		delete(m.sales, id)
	}
}

func room[K comparable, V any](kind map[K]V) {
	if len(kind) >= maxRemembered {
		clear(kind)
	}
}
