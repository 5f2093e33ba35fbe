package conformance

// maxAlike is how many findings of one kind are kept with their exchanges; more
// are only counted, at the last that was kept.
const maxAlike = 5

// maxKinds is how many kinds of finding are told apart: rules times clients times
// servers times operations. More are not kept; [Tally.Lost] counts them.
const maxKinds = 5_000

// Tally collects findings without growing for ever. The zero Tally is empty. It is not
// safe for concurrent use.
type Tally struct {
	kept  []Finding
	kinds map[kind][]int // indices in kept
	lost  int
}

type kind struct {
	rule, operation, client, server string
	severity                        Severity
	side                            Side
}

// Add adds findings.
func (t *Tally) Add(findings ...Finding) {
	if t.kinds == nil {
		t.kinds = map[kind][]int{}
	}
	for _, f := range findings {
		k := kind{f.Rule, f.Operation, f.Client, f.Server, f.Severity, f.Side}
		alike := t.kinds[k]
		switch {
		case len(alike) == 0 && len(t.kinds) >= maxKinds:
			t.lost += f.Count()
		case len(alike) >= maxAlike:
			last := &t.kept[alike[len(alike)-1]]
			last.Times = last.Count() + f.Count()
		default:
			t.kinds[k] = append(alike, len(t.kept))
			t.kept = append(t.kept, f)
		}
	}
}

// Findings returns what was collected, in the order of its first appearance.
func (t *Tally) Findings() []Finding { return append([]Finding(nil), t.kept...) }

// Lost is how many findings were not kept.
func (t *Tally) Lost() int { return t.lost }
