package rule_test

import (
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/vendswitch/vendswitch/conformance"
	"github.com/vendswitch/vendswitch/conformance/rule"
)

func sample(t *testing.T, name string) string {
	t.Helper()
	doc, err := os.ReadFile("../../schemas/testdata/samples/" + name + ".xml")
	if err != nil {
		t.Fatal(err)
	}
	return string(doc)
}

// noon is the time at which the samples' messages were sent.
var noon = time.Date(2024, 6, 11, 8, 15, 0, 0, time.UTC)

// talk is a conversation in the making.
type talk struct {
	t       *testing.T
	session *rule.Session
	at      time.Time
	found   []conformance.Finding // of the last exchange
}

func newTalk(t *testing.T) *talk { return &talk{t: t, session: rule.NewSession(), at: noon} }

// edits are pairs of what to replace in a document, and by what.
func edit(t *testing.T, doc string, edits []string) string {
	t.Helper()
	for i := 0; i < len(edits); i += 2 {
		if !strings.Contains(doc, edits[i]) {
			t.Fatalf("%q is not in the document", edits[i])
		}
		doc = strings.ReplaceAll(doc, edits[i], edits[i+1])
	}
	return doc
}

func asked(doc string) conformance.Message {
	return conformance.Message{Body: []byte(doc), Header: http.Header{
		"Content-Type": {"text/xml; charset=utf-8"}, "Soapaction": {`""`}, "Accept-Encoding": {"gzip"},
	}}
}

func given(status int, doc string) *conformance.Message {
	return &conformance.Message{Status: status, Body: []byte(doc), Header: http.Header{"Content-Type": {"text/xml; charset=utf-8"}}}
}

// exchange has the session judge, a second after the last exchange ended.
func (k *talk) exchange(x conformance.Exchange) {
	x.Began, x.Took = k.at, 100*time.Millisecond
	k.at = k.at.Add(1100 * time.Millisecond)
	if x.Response == nil && x.Err == "" {
		x.Err = "the connection was closed"
	}
	k.found = k.session.Judge(x)
}

// vend sells under a unique number, with what each sample is edited by.
func (k *talk) vend(number string, request, response []string) {
	k.exchange(conformance.Exchange{Request: asked(k.vendReq(number, request...)), Response: given(200, k.vendResp(number, response...))})
}

func (k *talk) vendReq(number string, edits ...string) string {
	return edit(k.t, sample(k.t, "req-credit-vend-generic"), append([]string{`uniqueNumber="1001"`, `uniqueNumber="` + number + `"`}, edits...))
}

// vendResp has a token of its own for each number.
func (k *talk) vendResp(number string, edits ...string) string {
	return edit(k.t, sample(k.t, "resp-credit-vend-generic"), append([]string{
		`uniqueNumber="1001"`, `uniqueNumber="` + number + `"`, "30918274650192837465", "3091827465019283" + number,
	}, edits...))
}

// silence sends a vend that is not answered.
func (k *talk) silence(number string, edits ...string) {
	k.exchange(conformance.Exchange{Request: asked(k.vendReq(number, edits...))})
}

// refuse answers a vend with a fault.
func (k *talk) refuse(number, class string, edits ...string) {
	k.exchange(conformance.Exchange{Request: asked(k.vendReq(number)), Response: given(500, k.fault(number, class, edits...))})
}

func (k *talk) fault(number, class string, edits ...string) string {
	doc := edit(k.t, sample(k.t, "fault-last-response"), []string{
		`uniqueNumber="1006"`, `uniqueNumber="` + number + `"`, `xsi:type="b:LastResponseEx"`, `xsi:type="b:` + class + `"`,
	})
	return edit(k.t, doc, edits)
}

// advise asks for a last response; an empty answer is none.
func (k *talk) advise(number, about string, status int, answer string) {
	doc := edit(k.t, sample(k.t, "req-credit-vend-generic"), []string{`uniqueNumber="1001"`, `uniqueNumber="` + number + `"`, "r:creditVendReq>", "b:adviceReq>"})
	start, end := strings.Index(doc, "<b:resource"), strings.Index(doc, "</b:adviceReq>")
	doc = doc[:start] + `<b:adviceReqMsgID dateTime="20240611101500" uniqueNumber="` + about + `"/>` + doc[end:]
	doc = strings.Replace(doc, "<b:adviceReq>", `<b:adviceReq xsi:type="b:LastRespAdviceReq">`, 1)
	x := conformance.Exchange{Request: asked(doc)}
	if answer != "" {
		x.Response = given(status, answer)
	}
	k.exchange(x)
}

// lastResponse is the answer to an advice that brings a sale.
func (k *talk) lastResponse(number, about string, edits ...string) string {
	resp := k.vendResp(about)
	inner := resp[strings.Index(resp, "<r:creditVendResp>")+len("<r:creditVendResp>") : strings.Index(resp, "</r:creditVendResp>")]
	doc := sample(k.t, "resp-advice-lastresp-generic")
	from, to := strings.Index(doc, `<b:lastResponse xsi:type="r:CreditVendResp">`), strings.Index(doc, "</b:lastResponse>")
	doc = edit(k.t, doc[:from], []string{`uniqueNumber="1006"`, `uniqueNumber="` + number + `"`, `uniqueNumber="1001"`, `uniqueNumber="` + about + `"`}) +
		`<b:lastResponse xsi:type="r:CreditVendResp">` + inner + doc[to:]
	return edit(k.t, doc, edits)
}

func names(findings []conformance.Finding) []string {
	list := []string{}
	for _, f := range findings {
		list = append(list, f.Rule)
	}
	return list
}

func (k *talk) has(name string) bool { return slices.Contains(names(k.found), name) }

func TestAnHonestConversationHasNoFindings(t *testing.T) {
	k := newTalk(t)
	expectNothing := func() {
		t.Helper()
		for _, f := range k.found {
			t.Errorf("%s: %s", f.Rule, f.Text)
		}
	}
	k.vend("1001", nil, nil)
	expectNothing()
	k.refuse("1002", "BlockedMeterEx")
	expectNothing()
	k.silence("1003")
	if got := names(k.found); !slices.Equal(got, []string{"response-given"}) {
		t.Errorf("silence: %v", got)
	}
	k.advise("1004", "1003", 200, k.lastResponse("1004", "1003"))
	expectNothing()
	k.advise("1005", "1003", 200, k.lastResponse("1005", "1003"))
	k.found = slices.DeleteFunc(k.found, func(f conformance.Finding) bool { return f.Rule == "advice-needed" })
	expectNothing()
	if end := k.session.End(); len(end) != 0 {
		t.Errorf("at the end: %v", end)
	}
}

func TestEveryRuleHasACaseThatBreaksItAndOneThatKeepsIt(t *testing.T) {
	for _, r := range rule.All() {
		c, ok := cases[r.Name]
		if !ok {
			t.Errorf("no case breaks %s", r.Name)
			continue
		}
		t.Run(r.Name, func(t *testing.T) {
			if r.Clause == "" || r.Holds == "" || r.Severity == "" || r.Side == "" {
				t.Errorf("the rule does not explain itself: %+v", r)
			}
			k := newTalk(t)
			c.breaks(k)
			if !k.has(r.Name) {
				t.Errorf("not found; found %v", names(k.found))
			}
			for _, f := range k.found {
				if f.Rule == r.Name && (f.Side != r.Side || f.Clause != r.Clause || f.Text == "" || len(f.Exchanges) == 0) {
					t.Errorf("the finding says too little: %+v", f)
				}
			}
			k = newTalk(t)
			c.keeps(k)
			if k.has(r.Name) {
				t.Errorf("found where it was kept: %+v", k.found)
			}
		})
	}
	if len(cases) != len(rule.All()) {
		t.Errorf("%d cases for %d rules", len(cases), len(rule.All()))
	}
}

func TestAFindingShowsTheEarlierMessageToo(t *testing.T) {
	k := newTalk(t)
	k.vend("1001", nil, nil)
	k.vend("1002", nil, []string{"30918274650192831002", "30918274650192831001"})
	i := slices.Index(names(k.found), "token-issued-twice")
	if i < 0 {
		t.Fatalf("found %v", names(k.found))
	}
	shown := k.found[i].Exchanges
	if len(shown) != 2 || !strings.Contains(shown[0].Request, `uniqueNumber="1001"`) || !strings.Contains(shown[1].Request, `uniqueNumber="1002"`) {
		t.Errorf("%d exchanges are shown", len(shown))
	}
	for _, r := range shown {
		if strings.Contains(r.Request+r.Response, "Sample123") || strings.Contains(r.Response, "3091827465") {
			t.Error("a secret is shown")
		}
	}
}

func TestExchangesThatOverlapAreJudgedByWhenTheyBegan(t *testing.T) {
	k := newTalk(t)
	first := asked(k.vendReq("1001"))
	k.session.Sent(k.at, first)
	slow := conformance.Exchange{Began: k.at, Took: 30 * time.Second, Request: first, Err: "timed out"}
	k.at = k.at.Add(5 * time.Second)
	k.advise("1002", "1001", 500, k.fault("1002", "IndeterminantLastResponseEx"))
	if k.has("advice-known-id") {
		t.Error("the vend that is still on its way counts as never sent")
	}
	k.vend("1003", nil, nil)
	if !k.has("vend-again") {
		t.Errorf("the same purchase while the first is on its way: %v", names(k.found))
	}
	k.found = k.session.Judge(slow)
	if k.has("message-id-unique") {
		t.Error("a message is held against itself")
	}
}

func TestWhatIsFoundAtTheEndQuotesNoSecret(t *testing.T) {
	k := newTalk(t)
	k.silence("1001", `dateTime="20240611101500"`, `dateTime="`+token+`"`)
	end := k.session.End()
	if len(end) != 1 || strings.Contains(end[0].Text, token) {
		t.Errorf("found %+v", end)
	}
}

func TestOfAClientsOpenVendsTheOldestAreForgotten(t *testing.T) {
	k := newTalk(t)
	for n := range 1_010 {
		k.silence(strconv.Itoa(1001 + n))
	}
	end := k.session.End()
	if len(end) != 1_000 || !strings.Contains(end[0].Text, "/1011 ") || !strings.Contains(end[999].Text, "/2010 ") {
		t.Errorf("%d vends are missed at the end, the first: %+v", len(end), end[:1])
	}
}

func TestAnotherMessageUnderAUsedIDMayBeRefusedInWhateverWordsButNotSold(t *testing.T) {
	k := newTalk(t)
	k.vend("1001", nil, nil)
	another := asked(k.vendReq("1001", `<r:amt value="200.00"`, `<r:amt value="300.00"`))
	k.exchange(conformance.Exchange{Request: another, Response: given(500, k.fault("1001", "BusinessRuleEx"))})
	if k.has("repeat-same-outcome") {
		t.Errorf("refused, and blamed: %v", names(k.found))
	}
	k.exchange(conformance.Exchange{Request: another, Response: given(200, k.vendResp("1001", "3091827465019283", "1234567890123456"))})
	if !k.has("repeat-same-outcome") {
		t.Errorf("sold, and not blamed: %v", names(k.found))
	}
}
