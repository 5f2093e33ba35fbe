package utility

import (
	"strings"

	"github.com/beevik/etree"
)

// What answers of the Itron server were seen to do that strict servers do not. Faults
// keep their class; the code that leads their texts is put there by the dialect.

// toItron rewrites an answer of ours: an ExtMeterDetail comes without the track that
// its type demands.
func toItron(doc *etree.Document, _ string) {
	each(doc, func(element *etree.Element) {
		if element.Tag != "meterDetail" {
			return
		}
		if typ := element.SelectAttr("type"); typ != nil && strings.HasSuffix(typ.Value, ":ExtMeterDetail") {
			element.RemoveAttr("track2Data")
			return
		}
		if meterType := element.SelectElement("meterType"); meterType != nil {
			element.CreateAttr("xsi:type", meterType.Space+":ExtMeterDetail")
		}
	})
}
