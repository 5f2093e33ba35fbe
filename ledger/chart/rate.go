package chart

// whole is 100 % in basis points.
const whole = 10_000

// VATWithin is the VAT contained in an amount that includes it, at a rate in
// basis points (1500 = 15 %): amount × rate / (1 + rate), to the nearest minor
// unit, halves up. The VAT of a negative amount mirrors that of the positive
// one, so that a reversal takes back exactly what was posted. A rate of zero or
// less gives no VAT.
func VATWithin(amount int64, rateBP int) int64 {
	return fraction(amount, int64(rateBP), whole+int64(rateBP))
}

// Commission is a share of an amount in basis points (250 = 2.5 %), to the
// nearest minor unit, halves up: in the merchant's favour. The commission on a
// negative amount mirrors that on the positive one. A rate of zero or less
// gives none.
func Commission(amount int64, rateBP int) int64 {
	return fraction(amount, int64(rateBP), whole)
}

// fraction is amount × num / den rounded to the nearest, halves away from zero.
// Whole multiples of den are taken first, so that the product cannot overflow
// where the result does not.
func fraction(amount, num, den int64) int64 {
	if num <= 0 {
		return 0
	}
	quotient, rest := amount/den, amount%den
	half := den
	if rest < 0 {
		half = -den
	}
	return quotient*num + (2*rest*num+half)/(2*den)
}
