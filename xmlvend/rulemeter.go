package xmlvend

import (
	"slices"
	"strings"
)

// Rules about meters.

// meterDetailExtras: meter details hold limits after the meter type, in no schema.
func meterDetailExtras(d *draft) bool {
	return d.drop(func(n ref) bool {
		if d.nodes[n].Name == base("meterType") || d.nodes[n].Parent == none {
			return false
		}
		parent := &d.nodes[d.nodes[n].Parent]
		return parent.Name.Local == "meterDetail" || parent.Type == base("MeterDetail") || parent.Type == base("ExtMeterDetail")
	})
}

// meterDetailOfNumberAlone: a meter is identified by a detail that holds nothing but
// its number.
func meterDetailOfNumberAlone(d *draft) bool {
	changed := false
	d.each("meterIdentifier", func(n ref) {
		if d.nodes[n].Type != base("MeterDetail") || !d.isLeaf(n) {
			return
		}
		if number, _ := d.attr(n, "msno"); number == "" {
			return
		}
		keys := []string{"sgc", "krn", "ti"}
		if slices.ContainsFunc(keys, func(key string) bool { v, _ := d.attr(n, key); return v != "" }) {
			return
		}
		for _, key := range keys {
			d.elements[n].RemoveAttr(key)
		}
		d.retype(n, "MeterNumber")
		changed = true
	})
	return changed
}

// algorithmMissing: an answer does not tell the algorithm of a meter. What is read is
// none.
func algorithmMissing(d *draft) bool {
	if !d.isAnswer() {
		return false
	}
	changed := false
	d.each("meterType", func(n ref) {
		if v, _ := d.attr(n, "at"); v == "" {
			d.standIn(n, "at", "00")
			changed = true
		}
	})
	return changed
}

// tariffIndexOfOneDigit: a tariff index lacks its leading zero.
func tariffIndexOfOneDigit(d *draft) bool {
	pad := func(_ ref, v string) string {
		if len(v) == 1 && allDigits(v) {
			return "0" + v
		}
		return v
	}
	changed := false
	for _, key := range []string{"ti", "fromTI", "toTI"} {
		changed = d.rewrite(key, pad) || changed
	}
	return changed
}

// extMeterDetailWithoutTrack: a meter detail is of the type that holds track 2 of a
// meter card as well, and holds none.
func extMeterDetailWithoutTrack(d *draft) bool {
	changed := false
	for n := range d.nodes {
		if d.nodes[n].Type != base("ExtMeterDetail") {
			continue
		}
		if track, _ := d.attr(ref(n), "track2Data"); strings.TrimSpace(track) != "" {
			continue
		}
		d.elements[n].RemoveAttr("track2Data")
		d.elements[n].RemoveAttr("useSTT")
		d.retype(ref(n), "MeterDetail")
		changed = true
	}
	return changed
}

// unitInCapitals: KWH and KWh mean kWh, KW means kW.
func unitInCapitals(d *draft) bool {
	return d.rewrite("siUnit", func(_ ref, v string) string {
		for _, unit := range []string{"kWh", "kW"} {
			if strings.EqualFold(v, unit) {
				return unit
			}
		}
		return v
	})
}
