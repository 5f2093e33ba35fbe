package rule

import (
	"fmt"
	"strings"

	"github.com/vendswitch/vendswitch/conformance"
	"github.com/vendswitch/vendswitch/schemas"
)

// issuer is the number that track 2 of a meter card begins with.
const issuer = "600727"

// requestRules judge a request by itself.
var requestRules = []Rule{
	{
		Name: "request-schema", Clause: base + ", and those it belongs with", Severity: conformance.Error, Side: conformance.ClientSide,
		Holds: "A request is valid to the schemas.",
		breaks: func(v *view) []breach {
			if v.req.invalid == nil || v.x.Request.Cut {
				return nil
			}
			if v.req.invalid.Kind != schemas.SchemaInvalid {
				return says("the request is not XML that can be read: " + v.req.invalid.Error())
			}
			return says(v.req.violations(maxViolations)...)
		},
	},
	{
		Name: "terminal-default", Clause: base + `, BaseReq/terminalID: "1" where the client is itself the terminal`, Severity: conformance.Note, Side: conformance.ClientSide, once: true,
		Holds: `A client that is its own terminal is terminal "1".`,
		breaks: func(v *view) []breach {
			if v.client == "" || v.terminal != v.client {
				return nil
			}
			return says(`the client gives its own identification as its terminal's; a client without terminals behind it is terminal "1"`)
		},
	},
	{
		Name: "track2-prefix", Clause: base + ", NRSTrack2Data; " + requirements + ", use of track 2", Severity: conformance.Error, Side: conformance.ClientSide,
		Holds: "Track 2 is that of a meter card: it begins with " + issuer + ".",
		breaks: func(v *view) []breach {
			if track := v.track2(); track == "" || strings.HasPrefix(track, issuer) {
				return nil
			}
			return says("the track 2 data do not begin with " + issuer + ", as those of meter cards do")
		},
	},
	{
		Name: "track2-made-up", Clause: requirements + ", use of track 2: only as read from a card", Severity: conformance.Warning, Side: conformance.ClientSide,
		Holds:  "Track 2 is read from a card, and not put together from typed numbers.",
		breaks: madeUp,
	},
	{
		Name: "track2-split", Clause: requirements + ", use of track 2: not split into fields", Severity: conformance.Warning, Side: conformance.ClientSide,
		Holds: "Track 2 is sent whole, and not split into fields.",
		breaks: func(v *view) []breach {
			track, n := v.track2(), v.meter()
			sgc, msno := v.req.attr(n, "sgc"), v.req.attr(n, "msno")
			if track == "" || v.req.typ(n) != "ExtMeterDetail" || len(msno) < 11 || sgc == "" {
				return nil
			}
			if strings.Contains(track, msno[:11]) && strings.Contains(track, sgc) {
				return says("the meter's fields are sent beside the track 2 that holds them: they look as if they had been cut out of it")
			}
			return nil
		},
	},
	{
		Name: "trial-token-used", Clause: revenue + ", TrialCreditVendResp: no valid token", Severity: conformance.Warning, Side: conformance.ClientSide,
		Holds: "The zeros of a trial are not taken for a token.",
		breaks: func(v *view) []breach {
			for _, n := range v.req.all(v.req.payload, "stsCipher") {
				if text := v.req.text(n); text != "" && strings.Trim(text, "0 ") == "" {
					return says(fmt.Sprintf("%s is about a token of zeros, which is what a trial gives", v.op))
				}
			}
			return nil
		},
	},
}

// meter is the element that names the meter of a request.
func (v *view) meter() int {
	if n := v.req.find(v.req.payload, "meterIdentifier"); n != none {
		return n
	}
	return v.req.find(v.req.payload, "idMethod")
}

// track2 is the track 2 of a request; "" if it has none.
func (v *view) track2() string {
	if n := v.req.find(v.req.payload, "track2Data"); n != none {
		return v.req.text(n)
	}
	return strings.TrimSpace(v.req.attr(v.meter(), "track2Data"))
}

func madeUp(v *view) []breach {
	number, _, _ := strings.Cut(strings.TrimPrefix(v.track2(), issuer), "=")
	if number == "" || v.of == nil {
		return nil
	}
	for typed := range v.of.typed {
		if len(typed) >= 11 && strings.Contains(number, typed) {
			return says("the track 2 data are of a meter whose number the same client typed before: were they read from a card, or made up of that number?")
		}
	}
	return nil
}
