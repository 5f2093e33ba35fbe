package xmlvend_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/vendswitch/vendswitch/xmlvend"
)

func TestLeadingZerosOfAUniqueNumberDoNotCount(t *testing.T) {
	id := xmlvend.MsgID{DateTime: "20261123083000", UniqueNumber: "000412"}
	if id.Number() != 412 || !id.Same(xmlvend.MsgID{DateTime: "20261123083000", UniqueNumber: "412"}) {
		t.Errorf("%v is number %d", id, id.Number())
	}
	if id.Same(xmlvend.MsgID{DateTime: "20261123083001", UniqueNumber: "412"}) {
		t.Error("another second is another id")
	}
}

func TestWhatIsNoUniqueNumberIsZero(t *testing.T) {
	for _, s := range []string{"", "0", "-1", "10000000", "1.0", "x"} {
		if n := (xmlvend.MsgID{UniqueNumber: s}).Number(); n != 0 {
			t.Errorf("%q is number %d", s, n)
		}
	}
}

func TestAMessageIDMustNameADateAndTimeThatExist(t *testing.T) {
	for date, ok := range map[string]bool{
		"20240229235959": true, "20230229000000": false, "20241301000000": false, "20240101250000": false,
		"2024010100000": false, "202401010000000": false, "": false, "2024010100000x": false,
	} {
		if err := (xmlvend.MsgID{DateTime: date, UniqueNumber: "1"}).Check(); (err == nil) != ok {
			t.Errorf("%q: %v", date, err)
		}
	}
}

func TestThePlaceholderIDIsKnownToNameNoRequest(t *testing.T) {
	if xmlvend.NoMsgID.Known() || (xmlvend.MsgID{}).Known() || !reqHead.MsgID.Known() {
		t.Error("Known is wrong")
	}
}

func TestAResponseTimeIsReadWithOrWithoutOffset(t *testing.T) {
	zone := time.FixedZone("SAST", 2*3600)
	want := time.Date(2024, 6, 11, 10, 15, 2, 652975100, zone)
	for _, s := range []xmlvend.DateTime{
		"2024-06-11T10:15:02.6529751+02:00", "2024-06-11T08:15:02.6529751Z", "2024-06-11T10:15:02.6529751",
	} {
		if got, err := s.Time(zone); err != nil || !got.Equal(want) {
			t.Errorf("%s: %v, %v", s, got, err)
		}
	}
	if _, err := xmlvend.DateTime("yesterday").Time(zone); err == nil {
		t.Error("yesterday was read")
	}
	if got := xmlvend.NewDateTime(want); got != "2024-06-11T10:15:02+02:00" {
		t.Errorf("written as %s", got)
	}
}

func TestASecretIsNotMarshalledByAccident(t *testing.T) {
	if text, err := json.Marshal(reqHead.AuthCred); err == nil {
		t.Errorf("marshalled as %s", text)
	}
}

func TestOnlyANumberOrADetailTellsTheMeterNumber(t *testing.T) {
	for id, want := range map[xmlvend.MeterIdentifier]string{
		xmlvend.MeterNumber{MSNO: "07215001236"}: "07215001236", meterDetail: "07215001236", meterCard: "",
	} {
		if got := id.MeterNo(); got != want {
			t.Errorf("%T: %q", id, got)
		}
	}
}

func TestAnAdviceNamesTheRequestItIsAbout(t *testing.T) {
	for _, m := range messages() {
		if a, is := m.(xmlvend.Advice); is && a.Advised().Number() != 411 {
			t.Errorf("%T is about %v", a, a.Advised())
		}
	}
}
