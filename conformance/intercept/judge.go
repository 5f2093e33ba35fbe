package intercept

import (
	"container/heap"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/vendswitch/vendswitch/conformance"
	"github.com/vendswitch/vendswitch/conformance/rule"
)

// maxQueue is how many exchanges may wait to be judged.
const maxQueue = 1_000

// judge judges exchanges, one after the other, away from the traffic.
type judge struct {
	config  *Config
	session *rule.Session
	queue   chan event
	done    chan struct{}

	mu      sync.Mutex
	tally   conformance.Tally
	judged  int
	missed  int
	keeping bool
}

// patience is how long an event waits for earlier ones that took longer to be
// taken apart. What happened first is judged first, whichever connection it was on.
const patience = 500 * time.Millisecond

// event is a request on its way, or a whole exchange.
type event struct {
	exchange conformance.Exchange
	sent     bool
	came     time.Time // by the real clock
}

// at is when it happened.
func (e *event) at() time.Time {
	if e.sent {
		return e.exchange.Began
	}
	return e.exchange.Began.Add(e.exchange.Took)
}

// events are a heap, by when they happened.
type events []event

func (h events) Len() int           { return len(h) }
func (h events) Less(a, b int) bool { return h[a].at().Before(h[b].at()) }
func (h events) Swap(a, b int)      { h[a], h[b] = h[b], h[a] }
func (h *events) Push(e any)        { *h = append(*h, e.(event)) }
func (h *events) Pop() any {
	last := len(*h) - 1
	e := (*h)[last]
	(*h)[last] = event{}
	*h = (*h)[:last]
	return e
}

func newJudge(c *Config) *judge {
	j := &judge{config: c, session: rule.NewSession(), queue: make(chan event, maxQueue), done: make(chan struct{}), keeping: c.Keep != nil}
	go j.work()
	return j
}

func (j *judge) sent(began time.Time, request conformance.Message) {
	select {
	case j.queue <- event{conformance.Exchange{Began: began, Request: request}, true, time.Now()}:
	default: // it is judged without
	}
}

func (j *judge) exchange(x conformance.Exchange) {
	select {
	case j.queue <- event{exchange: x, came: time.Now()}:
	default:
		j.unjudged(1)
	}
}

func (j *judge) unjudged(n int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.missed += n
}

// close judges what is left, and what was never done.
func (j *judge) close() {
	close(j.queue)
	<-j.done
}

func (j *judge) work() {
	defer close(j.done)
	tick := time.NewTicker(patience / 5)
	defer tick.Stop()
	var waiting events
	for open := true; open; {
		select {
		case e, more := <-j.queue:
			if open = more; more {
				heap.Push(&waiting, e)
			}
		case <-tick.C:
		}
		for len(waiting) > 0 && (!open || len(waiting) > maxQueue || time.Since(waiting[0].came) > patience) {
			j.one(heap.Pop(&waiting).(event))
		}
	}
	j.guarded(func() { j.found(j.session.End()) })
}

func (j *judge) one(e event) {
	if e.sent {
		j.guarded(func() { j.session.Sent(e.exchange.Began, e.exchange.Request) })
		return
	}
	j.mu.Lock()
	j.judged++
	j.mu.Unlock()
	j.guarded(func() { j.found(j.session.Judge(e.exchange)) })
	j.guarded(func() { j.keep(e.exchange) })
}

// guarded keeps a failure of the judge to the judge.
func (j *judge) guarded(do func()) {
	defer func() {
		if p := recover(); p != nil {
			j.config.Log(fmt.Sprintf("cannot judge an exchange: %v", p))
			j.unjudged(1)
		}
	}()
	do()
}

func (j *judge) found(findings []conformance.Finding) {
	if j.config.Only != "" {
		findings = slices.DeleteFunc(findings, func(f conformance.Finding) bool { return f.Side != j.config.Only })
	}
	j.mu.Lock()
	j.tally.Add(findings...)
	j.mu.Unlock()
	for _, f := range findings {
		j.config.OnFinding(f)
	}
}

func (j *judge) keep(x conformance.Exchange) {
	if !j.keeping {
		return
	}
	if err := j.config.Keep(x.Record()); err != nil {
		j.keeping = false
		j.config.Log("cannot keep exchanges any longer: " + err.Error())
	}
}

func (j *judge) report(r *conformance.Report) {
	j.mu.Lock()
	defer j.mu.Unlock()
	r.Exchange, r.Findings = j.judged, j.tally.Findings()
	r.Unjudged = j.missed + j.tally.Lost()
}
