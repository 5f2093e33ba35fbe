package conformance

// Verdict is what became of a case.
type Verdict string

const (
	Pass          Verdict = "pass"
	Fail          Verdict = "fail"
	NotApplicable Verdict = "n/a"
)

// Result is what a case found out about a server.
type Result struct {
	Case      string    `json:"case"` // its name, such as "vend-repeated-id"
	Title     string    `json:"title"`
	Operation string    `json:"operation"`
	Clause    string    `json:"clause"`
	Severity  Severity  `json:"severity"` // of its failure
	Verdict   Verdict   `json:"verdict"`
	Reason    string    `json:"reason,omitempty"` // why it failed, or is not applicable
	TookMS    int64     `json:"tookMs"`
	Findings  []Finding `json:"findings,omitempty"`
	Exchanges []Record  `json:"exchanges,omitempty"` // in the order of the wire
}

// Report is all that was found out in one run, of whichever tool. JSON is its
// form on disk.
type Report struct {
	Tool     string    `json:"tool"`   // "run", "serve" or "intercept"
	Target   string    `json:"target"` // URL or address, without credentials
	Profile  string    `json:"profile,omitempty"`
	Began    string    `json:"began"` // RFC 3339
	TookMS   int64     `json:"tookMs"`
	Exchange int       `json:"exchanges"`          // how many were judged
	Unjudged int       `json:"unjudged,omitempty"` // how many were forwarded and not judged, or found wrong and not kept
	Results  []Result  `json:"results,omitempty"`
	Findings []Finding `json:"findings,omitempty"` // of serve and intercept; those of run are with its results
}
