package supplier

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Product is one kind of voucher.
type Product struct {
	Code  string // the supplier's
	Face  int64  // in cents
	Days  int    // for which it is valid once it is loaded; 0: until it is used up
	Value int64  // what it loads, in cents; 0: its face
}

// PINDigits is how many digits each PIN has.
const PINDigits = 16

// Validity is how long a voucher can be loaded from the day on which it was made.
const Validity = 2 * 365 * 24 * time.Hour

// Delivery is a stock file in clear, in the pipe layout of South African aggregators:
//
//	H|supplier|batch|dd/mm/yyyy
//	D|product code|face|days or 0|value|dd/mm/yyyy expiry|batch|serial|PIN
//	T|count|sum of face
type Delivery struct {
	Batch string
	File  []byte   // lines end with CR LF
	PINs  []string // in the order of the lines
	Bad   int      // the number of the bad line, from 1; 0 if none is
}

// Delivery makes a file of so many vouchers, dealt to the products in turn.
func (s *Supplier) Delivery(batch string, products []Product, count int, faults ...Fault) (Delivery, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if slices.Contains(faults, Repeat) {
		if s.last.File == nil {
			return Delivery{}, errors.New("there is no delivery to repeat")
		}
		return s.last, nil
	}
	if len(products) == 0 || count < 1 {
		return Delivery{}, errors.New("a delivery has products, and at least one voucher")
	}
	now := s.config.Now()
	expiry := now.Add(Validity)
	if slices.Contains(faults, Expired) {
		expiry = now.AddDate(0, 0, -1)
	}
	d := Delivery{Batch: batch, PINs: make([]string, 0, count)}
	if slices.Contains(faults, BadLine) {
		d.Bad = count/2 + 2 // the header is line 1
	}
	var file bytes.Buffer
	fmt.Fprintf(&file, "H|%s|%s|%s\r\n", s.config.Code, batch, now.Format(dateForm))
	var sum int64
	for i := range count {
		product := products[i%len(products)]
		pin, err := digits(PINDigits)
		if err != nil {
			return Delivery{}, err
		}
		if d.Bad == i+2 {
			pin = pin[:PINDigits-1] + "O"
		}
		s.serial++
		sum += product.Face
		d.PINs = append(d.PINs, pin)
		writeVoucher(&file, product, expiry, batch, s.serial, pin, slices.Contains(faults, TenColumns))
	}
	if slices.Contains(faults, WrongCount) {
		count++
	}
	if slices.Contains(faults, WrongSum) {
		sum++
	}
	fmt.Fprintf(&file, "T|%d|%s\r\n", count, amount(sum))
	d.File = file.Bytes()
	s.pins = append(s.pins, d.PINs...)
	s.last = d
	return d, nil
}

const dateForm = "02/01/2006"

func writeVoucher(file *bytes.Buffer, p Product, expiry time.Time, batch string, serial int64, pin string, ten bool) {
	value := p.Value
	if value == 0 {
		value = p.Face
	}
	fmt.Fprintf(file, "D|%s|%s|%d|%s|%s|%s|S%d|%s", p.Code, amount(p.Face), p.Days, amount(value), expiry.Format(dateForm), batch, serial, pin)
	if ten {
		fmt.Fprintf(file, "|%d", serial%9+1)
	}
	file.WriteString("\r\n")
}

func amount(cents int64) string { return fmt.Sprintf("%d.%02d", cents/100, cents%100) }

// digits returns so many random digits, each as likely as the others.
func digits(n int) (string, error) {
	text, random := make([]byte, 0, n), make([]byte, n+n/2)
	for len(text) < n {
		if _, err := rand.Read(random); err != nil {
			return "", fmt.Errorf("random digits: %w", err)
		}
		for _, b := range random {
			if b < 250 && len(text) < n {
				text = append(text, '0'+b%10)
			}
		}
	}
	return string(text), nil
}
