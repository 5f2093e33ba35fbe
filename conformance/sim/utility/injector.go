package utility

import (
	"slices"
	"sync"
)

// injector holds the faults that are switched on, oldest first.
type injector struct {
	mu     sync.Mutex
	faults []Fault
}

func (i *injector) add(f Fault) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.faults = append(i.faults, f)
}

func (i *injector) clear() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.faults = nil
}

func (i *injector) list() []Fault {
	i.mu.Lock()
	defer i.mu.Unlock()
	return slices.Clone(i.faults)
}

// take returns the first fault that applies to a request and uses it up by one;
// the zero Fault if none does.
func (i *injector) take(op Operation, meter string) Fault {
	i.mu.Lock()
	defer i.mu.Unlock()
	at := slices.IndexFunc(i.faults, func(f Fault) bool { return f.appliesTo(op) && (f.Meter == "" || f.Meter == meter) })
	if at < 0 {
		return Fault{}
	}
	f := i.faults[at]
	switch f.Count {
	case 0: // for good
	case 1:
		i.faults = slices.Delete(i.faults, at, at+1)
	default:
		i.faults[at].Count--
	}
	return f
}
