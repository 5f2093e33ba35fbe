package gateway_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/vendswitch/vendswitch/upstream/gateway"
)

func TestSegmentsAreCountedAsTheNetworkCountsThem(t *testing.T) {
	for _, c := range []struct {
		name, text string
		segments   int
		coding     gateway.Coding
	}{
		{"empty", "", 1, gateway.GSM7},
		{"the longest single one", strings.Repeat("a", 160), 1, gateway.GSM7},
		{"one more", strings.Repeat("a", 161), 2, gateway.GSM7},
		{"two full parts", strings.Repeat("a", 306), 2, gateway.GSM7},
		{"three parts", strings.Repeat("a", 307), 3, gateway.GSM7},
		{"a euro costs two", strings.Repeat("a", 158) + "€", 1, gateway.GSM7},
		{"a euro too many", strings.Repeat("a", 159) + "€", 2, gateway.GSM7},
		{"a euro is not divided", strings.Repeat("a", 152) + "€" + strings.Repeat("a", 152), 3, gateway.GSM7},
		{"national letters of the alphabet", "Ñandú", 1, gateway.UCS2},
		{"the whole alphabet", "@£$¥èéùìòÇ Øø Åå Δ_ΦΓΛΩΠΨΣΘΞ ÆæßÉ ¤¡ÄÖÑÜ§¿äöñüà ^{}[]~|\\€", 1, gateway.GSM7},
		{"the longest UCS-2 one", strings.Repeat("ш", 70), 1, gateway.UCS2},
		{"one more UCS-2", strings.Repeat("ш", 71), 2, gateway.UCS2},
		{"two full UCS-2 parts", strings.Repeat("ш", 134), 2, gateway.UCS2},
		{"an emoji costs two", strings.Repeat("ш", 69) + "😀", 2, gateway.UCS2},
		{"an emoji is not divided", strings.Repeat("ш", 66) + "😀" + strings.Repeat("ш", 66), 3, gateway.UCS2},
	} {
		if segments, coding := gateway.Segments(c.text); segments != c.segments || coding != c.coding {
			t.Errorf("%s: %d in coding %d, want %d in %d", c.name, segments, coding, c.segments, c.coding)
		}
	}
}

func TestNamesAreWrittenWithTheCharactersOfGSM7(t *testing.T) {
	for text, want := range map[string]string{
		"Zoë Šimák":               "Zoe Simak",
		"Zoe\u0308":               "Zoe",
		"Café Ñuñoa Müller":       "Café Ñuñoa Müller",
		"“Mama’s” – spaza…":       `"Mama's" - spaza...`,
		"R1\u00a0500.00":          "R1 500.00",
		"Łukasz Đorđević Œuvre ﬁ": "Lukasz Dordevic OEuvre fi",
		"François":                "Francois",
		"你好 Zoë":                  "你好 Zoe",
		"{[€]}":                   "{[€]}",
	} {
		if got := gateway.Transliterate(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestTransliteratingTwiceChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		once := gateway.Transliterate(rapid.String().Draw(t, "text"))
		if twice := gateway.Transliterate(once); twice != once {
			t.Errorf("%q, then %q", once, twice)
		}
	})
}
