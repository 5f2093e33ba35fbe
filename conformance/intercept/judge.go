package intercept

import (
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

// event is a request on its way, or a whole exchange.
type event struct {
	exchange conformance.Exchange
	sent     bool
}

func newJudge(c *Config) *judge {
	j := &judge{config: c, session: rule.NewSession(), queue: make(chan event, maxQueue), done: make(chan struct{}), keeping: c.Keep != nil}
	go j.work()
	return j
}

func (j *judge) sent(began time.Time, request conformance.Message) {
	select {
	case j.queue <- event{conformance.Exchange{Began: began, Request: request}, true}:
	default: // it is judged without
	}
}

func (j *judge) exchange(x conformance.Exchange) {
	select {
	case j.queue <- event{exchange: x}:
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
	for e := range j.queue {
		j.one(e)
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
