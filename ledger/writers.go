package ledger

import (
	"context"
	"hash/fnv"
)

// writers share the work: each merchant belongs to one of them, so that it knows
// the float as it left it, and so does each leg that is about no merchant. What
// concerns the merchants of two writers goes through either; they keep out of
// each other's way as two nodes do.
type writers []*writer

func startWriters(ctx context.Context, s *Store, maxBatch int) (writers, error) {
	memories := make([]*memory, s.engine.writers())
	for i := range memories {
		memories[i] = newMemory()
	}
	if s.engine.remembers() {
		floats, err := s.floats(ctx, maxRemembered)
		if err != nil {
			return nil, err
		}
		for _, f := range floats {
			memories[share(f.Merchant, len(memories))].floats[f.Merchant] = f
		}
	}
	list := make(writers, len(memories))
	for i, known := range memories {
		list[i] = startWriter(s, known, maxBatch)
	}
	return list, nil
}

// share says which of so many writers has what the key names.
func share(key string, of int) int {
	h := fnv.New32a()
	h.Write([]byte(key))
	return int(h.Sum32() % uint32(of))
}

// key names what decides which writer a change goes to.
func (n *needs) key() string {
	switch {
	case len(n.floats) > 0:
		return n.floats[0]
	case n.opens != ID{}:
		return string(n.opens[:])
	case len(n.legs) > 0:
		return string(n.legs[0][:])
	case len(n.messages) > 0:
		return n.messages[0].Client
	}
	return ""
}

// do commits a change and returns what it decided. If ctx ends first, the
// change may be committed or not.
func (l writers) do(ctx context.Context, c change) error {
	var n needs
	c.need(&n)
	return l[share(n.key(), len(l))].do(ctx, c)
}

// close lets what has queued be committed, and ends the writers. It is false if
// they were closed before.
func (l writers) close() bool {
	for _, w := range l {
		if !w.close() {
			return false
		}
	}
	return true
}

// pause is writer.pause, for who waits for the database beside the writers.
func (l writers) pause(attempt int) bool { return l[0].pause(attempt) }
