package sts

import "fmt"

// Test is a class 1 token: it makes a meter test itself or show something. It is not
// encrypted and works in every meter, as often as it is typed in.
type Test struct {
	Control Control
	Maker   uint8 // manufacturer code, 0 for every meter
}

// Control says what to test or show: one bit each, or all.
type Control uint64

// What meters test or show.
const (
	TestBreaker        Control = 1 << iota // the load switch
	TestDisplay                            // the information display
	ShowConsumption                        // the energy register's total
	ShowKeyRevision                        // KRN
	ShowTariffIndex                        // TI
	TestReader                             // the token reader
	ShowMaxPower                           // the power limit
	ShowTamper                             // the tamper status
	ShowPower                              // the load now
	ShowVersion                            // of the software
	ShowPhaseUnbalance                     // the limit of the difference between phases

	TestAll Control = 1<<controlBits - 1
)

const (
	subTest     = 0
	controlBits = 36
	makerBits   = 8
)

func (t Test) frame() (frame, error) {
	if t.Control == 0 || t.Control > TestAll {
		return frame{}, fmt.Errorf("%w: control field %#x", ErrMessage, uint64(t.Control))
	}
	return frame{class: classTest, data: uint64(t.Control)<<makerBits | uint64(t.Maker)}, nil
}

func readTest(f frame) Test {
	maker := uint8(f.take(makerBits))
	return Test{Control: Control(f.take(controlBits)), Maker: maker}
}
