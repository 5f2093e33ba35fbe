package conformance_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vendswitch/vendswitch/conformance"
)

func record(request, response string) conformance.Record {
	return conformance.Exchange{
		Began: time.Date(2026, 1, 15, 8, 30, 0, 5e6, time.UTC), Took: 1500 * time.Millisecond,
		Request:  conformance.Message{Body: []byte(request)},
		Response: &conformance.Message{Status: 200, Body: []byte(response)},
	}.Record()
}

func TestSecretsAreMaskedInWhateverStateTheDocumentIs(t *testing.T) {
	for name, test := range map[string]struct{ doc, want string }{
		"password":                  {`<b:password>Hunter22</b:password>`, `<b:password>********</b:password>`},
		"password in another case":  {`<PassWord>Hunter22</PassWord >`, `<PassWord>********</PassWord >`},
		"password in single quotes": {`<a password='Hunter22'/>`, `<a password='********'/>`},
		"password with a namespace": {`<x:newPassword xmlns:x="u">Hunter22</x:newPassword>`, `<x:newPassword xmlns:x="u">********</x:newPassword>`},
		"password with a type":      {`<b:password xsi:type="Hunter22">a</b:password>`, `<b:password********</b:password>`},
		"password in CDATA":         {`<password><![CDATA[Hunter22]]></password>`, `<password>********</password>`},
		"password with a tag in it": {`<password>Hun<ter22</password>`, `<password>********</password>`},
		"password, tag not closed":  {`<b:password Hunter22</b:password>z`, `<b:password********</b:password>z`},
		"password without an end":   {`<b:password>Hunter22</b:authCred><b:x/>`, `<b:password>********`},
		"password cut":              {`<b:password>Hunt`, `<b:password>********`},
		"empty password":            {`<b:newPassword/><b:newPassword></b:newPassword>`, `<b:newPassword/><b:newPassword></b:newPassword>`},
		"password in a long s":      {`<paſſword>Hunter22</paſſword>`, `<paſſword>********</paſſword>`},
		"long s in one tag alone":   {`<paſſword>Hunter22</password>z`, `<paſſword>********</password>z`},
		"attribute in a long s":     {`<a paſſword="Hunter22"/>`, `<a paſſword="********"/>`},
		"password among other ends": {`<password>Hun</pin>ter</newPassword>22</password>z`, `<password>********</password>z`},
		"track 2 in a Kelvin sign":  {"<trac\u212a2>12345=67</trac\u212a2>", "<trac\u212a2>********</trac\u212a2>"},
		"password misspelt":         {`<b:authCred><b:opName>THANDI</b:opName><b:pasword>Hunter22</b:pasword></b:authCred><b:x>y</b:x>`, `<b:authCred><b:opName>THANDI</b:opName><b:pasword>********</b:pasword></b:authCred><b:x>y</b:x>`},
		"password beside its tag":   {`<authCred><password/>Hunter22</authCred>`, `<authCred><password/>********</authCred>`},
		"password in JSON":          {`{"password": "Hunter22", "a": 1}`, `{"password": "********", "a": 1}`},
		"password in a log":         {`login failed: password=Hunter22, retry`, `login failed: password=********, retry`},
		"quote that never ends":     {`<a password="Hunter22><b/>`, `<a password="********`},
		"token":                     {`<b:stsCipher>12345678901234567890</b:stsCipher>`, `<b:stsCipher>********************</b:stsCipher>`},
		"token grouped":             {`<stsCipher>1234 5678 9012 3456 7890</stsCipher>`, `<stsCipher>**** **** **** **** ****</stsCipher>`},
		"token too short":           {`<stsCipher>123456789012345678</stsCipher>`, `<stsCipher>******************</stsCipher>`},
		"trial token":               {`<stsCipher>00000000000000000000</stsCipher>`, `<stsCipher>00000000000000000000</stsCipher>`},
		"token in a text":           {`<custMsg>Key in 1234-5678-9012-3456-7890 now</custMsg>`, `<custMsg>Key in ****-****-****-****-**** now</custMsg>`},
		"token among nbsp":          {"1234\u00a05678\u00a09012\u00a03456\u00a07890", "****\u00a0****\u00a0****\u00a0****\u00a0****"},
		"token as references":       {`<m>&#49;&#50;&#51;&#52;&#53;&#54;&#55;</m>`, `<m>&#**;&#**;&#**;&#**;&#**;&#**;&#**;</m>`},
		"PIN":                       {`<v:pin>4411223344556677</v:pin>`, `<v:pin>****************</v:pin>`},
		"PIN in a text":             {`Your PIN: 4411 2233 4455, thanks`, `Your PIN: **** **** ****, thanks`},
		"track 2":                   {`<b:meterDetail track2Data="6007271234567890123=0101"/>`, `<b:meterDetail track2Data="************************"/>`},
		"track 2 in a text":         {`read ;600727123456789012=9901? from`, `read ;******************=****? from`},
		"card number":               {`<b:pan>4000123412341234</b:pan><b:cvNum>123</b:cvNum>`, `<b:pan>****************</b:pan><b:cvNum>***</b:cvNum>`},
		"card number in a text":     {`card 4111 1111 1111 1111 refused`, `card **** **** **** **** refused`},
		"not UTF-8":                 {"<a>\xff<password>Hunter22\xfe</password></a>", `<a>\xFF<password>********</password></a>`},
		"UTF-16":                    {"<\x00a\x00>\x00", `[6 bytes withheld: not text in UTF-8]`},
	} {
		t.Run(name, func(t *testing.T) {
			if got := record(test.doc, test.doc); got.Request != test.want || got.Response != test.want {
				t.Errorf("request  %s\nresponse %s\nwant     %s", got.Request, got.Response, test.want)
			}
		})
	}
}

func TestWhatIsNoSecretIsLeftToTheByte(t *testing.T) {
	for _, doc := range []string{
		`<b:clientID xsi:type='b:EANDeviceID'  ean="6009990000018"/>`,
		`<b:msgID dateTime="20240611101500" uniqueNumber="000412"/>`,
		`<b:msgID dateTime="20240611101500123" uniqueNumber="1"/>`,
		`<m msno="01000001014" sgc="999901"/><r receiptNo="000000000000417"/>`,
		"<a>\r\n\t<b></a>", "\ufeff<?xml version=\"1.0\"?><a  b = 'c'></a >", "",
		`<b:respDateTime>2026-01-15T10:30:00.1234567+02:00</b:respDateTime>`,
		`<b:desc>Operator or password is wrong</b:desc>`,
	} {
		if got := record(doc, "").Request; got != doc {
			t.Errorf("got %q, want %q", got, doc)
		}
	}
}

func TestASecretThatTheServerRepeatsIsMaskedThereToo(t *testing.T) {
	got := record(`<b:password>Hunt&amp;er22</b:password>`, `<faultstring>user THANDI / Hunt&er22 not known, at Login.java:7</faultstring>`)
	if want := `<faultstring>user THANDI / ******** not known, at Login.java:7</faultstring>`; got.Response != want {
		t.Errorf("got %s", got.Response)
	}
}

func TestASecretThatBeginsAsAnotherOneIsMaskedWhole(t *testing.T) {
	for _, docs := range [][2]string{
		{`<b:password>Hunter22</b:password>`, `<b:password>Hunter22beyond</b:password><m>Hunter22beyond and Hunter22</m>`},
		{`<b:password>Hunter22beyond</b:password>`, `<b:password>Hunter22</b:password><m>Hunter22beyond and Hunter22</m>`},
	} {
		if got, want := record(docs[0], docs[1]).Response, `<b:password>********</b:password><m>******** and ********</m>`; got != want {
			t.Errorf("got %s", got)
		}
	}
}

func TestARecordKeepsTimesStatusAndHeadersWithoutCredentials(t *testing.T) {
	x := conformance.Exchange{
		Began: time.Date(2026, 1, 15, 8, 30, 0, 5e6, time.UTC), Took: 1500 * time.Millisecond,
		Request: conformance.Message{Header: http.Header{"Authorization": {"Basic c2VjcmV0"}, "Soapaction": {`""`}}, Body: []byte("<a/>")},
		Err:     "timed out after password=Hunter22",
	}
	got := x.Record()
	if got.Began != "2026-01-15T08:30:00.005Z" || got.TookMS != 1500 || got.Status != 0 || got.Response != "" {
		t.Errorf("%+v", got)
	}
	if got.RequestHeader.Get("Authorization") != "********" || got.RequestHeader.Get("SOAPAction") != `""` {
		t.Errorf("headers %v", got.RequestHeader)
	}
	if strings.Contains(got.Error, "Hunter22") {
		t.Errorf("error %q", got.Error)
	}
	if x.Request.Header.Get("Authorization") != "Basic c2VjcmV0" {
		t.Error("the exchange itself was changed")
	}
}

func TestACutDocumentDoesNotShowTheBeginningOfAToken(t *testing.T) {
	got := conformance.Exchange{Request: conformance.Message{Cut: true, Body: []byte(`<custMsg>Token 1234 5678 9012`)}}.Record()
	if want := "<custMsg>Token **** **** ****\n[cut here]"; got.Request != want {
		t.Errorf("got %q", got.Request)
	}
	packed := conformance.Exchange{Request: conformance.Message{Packed: true, Body: []byte("Hunter22")}}.Record()
	if strings.Contains(packed.Request, "Hunter22") {
		t.Error("a body that could not be unpacked is shown")
	}
}

// secretsOfSamples are what the sample documents hold that nobody may see.
var secretsOfSamples = []string{"Sample123", "4411223344556677"}

func TestNoSampleLeaksHoweverItIsCut(t *testing.T) {
	files, err := filepath.Glob("../schemas/testdata/samples/*.xml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no samples: %v", err)
	}
	for _, file := range files {
		doc, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for end := len(doc); end > 0; end -= 37 {
			shown, err := json.Marshal(record(string(doc[:end]), ""))
			if err != nil {
				t.Fatal(err)
			}
			for _, secret := range secretsOfSamples {
				if strings.Contains(string(shown), secret) {
					t.Fatalf("%s cut at %d shows %s", filepath.Base(file), end, secret)
				}
			}
		}
	}
}

// What a hostile server sends must not keep the judge busy for long either.
func TestRedactionTakesNoLongerThanTheDocumentIsLong(t *testing.T) {
	for name, piece := range map[string]string{
		"tokens": "<stsCipher>12345678901234567890</stsCipher>", "passwords": "<password>abcdefgh</password>", "open tags": "<password", "digits": "1 2-",
		"pairs": `password="`, "references": "&#49;", "credentials": "<authCred>",
		"other ends": "<pin></pwd>",
	} {
		doc := strings.Repeat(piece, (1<<16)/len(piece))
		began := time.Now()
		record(doc, doc)
		took := time.Since(began)
		t.Logf("%s: %s", name, took)
		if took > 20*time.Second {
			t.Errorf("%s: %s", name, took)
		}
	}
}
