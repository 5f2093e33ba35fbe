package xmlvend_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vendswitch/vendswitch/xmlvend"
)

func TestDecodingWhatWasEncodedGivesTheSameMessage(t *testing.T) {
	for _, name := range strictSamples(t) {
		t.Run(name, func(t *testing.T) {
			first := mustDecode(t, sample(t, name))
			doc := xmlvend.Encode(first)
			mustBeValid(t, doc)
			if diff := cmp.Diff(first, mustDecode(t, doc)); diff != "" {
				t.Errorf("the message changed (-before +after):\n%s", diff)
			}
		})
	}
}
