package rule

// memory is a map that forgets its oldest entries.
type memory[K comparable, V any] struct {
	most    int
	entries map[K]V
	order   []K
}

func newMemory[K comparable, V any](most int) *memory[K, V] {
	return &memory[K, V]{most: most, entries: map[K]V{}}
}

func (m *memory[K, V]) get(k K) (V, bool) {
	v, ok := m.entries[k]
	return v, ok
}

func (m *memory[K, V]) put(k K, v V) {
	if _, known := m.entries[k]; !known {
		m.order = append(m.order, k)
	}
	m.entries[k] = v
	if len(m.order) > m.most {
		delete(m.entries, m.order[0])
		m.order = m.order[1:]
	}
}
