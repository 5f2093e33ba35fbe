package ledger

import (
	"context"
	"sync"

	"github.com/google/uuid"
)

// place says which sale a leg belongs to and whose float that holds. It never
// changes, so it can be known before the float is locked.
type place struct {
	sale     ID
	merchant string
}

// need locks what a leg that decides over its sale must have locked.
func (p place) need(n *needs, legID ID) {
	n.legs = append(n.legs, legID)
	if (p.sale != ID{}) {
		n.sales = append(n.sales, p.sale)
		n.floats = append(n.floats, p.merchant)
	}
}

// maxPlaces bounds how many legs a node remembers. It remembers those that it
// opened until they are closed; any other is looked up.
const maxPlaces = 10_000

// places remembers where legs belong.
type places struct {
	mu   sync.Mutex
	legs map[ID]place
}

func (p *places) remember(legID ID, at place) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.legs == nil || len(p.legs) >= maxPlaces {
		p.legs = make(map[ID]place)
	}
	p.legs[legID] = at
}

func (p *places) forget(legID ID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.legs, legID)
}

func (p *places) known(legID ID) (place, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	at, ok := p.legs[legID]
	return at, ok
}

// place finds out where a leg belongs, waiting for a database that is gone.
// Errors: ErrNotFound.
func (s *Store) place(ctx context.Context, legID ID) (place, error) {
	if at, ok := s.places.known(legID); ok {
		return at, nil
	}
	for attempt := 1; ; attempt++ {
		var (
			sale     uuid.NullUUID
			merchant string
		)
		err := s.row(ctx, `SELECT leg.sale_id, COALESCE(sale.merchant, '') FROM leg LEFT JOIN sale ON sale.id = leg.sale_id
			WHERE leg.id = ?`, legID).Scan(&sale, &merchant)
		if s.engine.diagnose(err) != troubleGone || ctx.Err() != nil || !s.writer.pause(attempt) {
			return place{sale.UUID, merchant}, notFound(err)
		}
	}
}
