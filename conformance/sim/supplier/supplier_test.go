package supplier_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/vendswitch/vendswitch/conformance/sim/supplier"
	"github.com/vendswitch/vendswitch/upstream/stockmail/envelope"
)

var products = []supplier.Product{{Code: "MTN10", Face: 1000}, {Code: "CELLC", Face: 2950, Days: 30, Value: 3000}}

// customer has the supplier's key pinned.
type customer struct {
	*supplier.Supplier
	public string
	opener *envelope.Opener
}

func newCustomer(t *testing.T) *customer {
	t.Helper()
	s, err := supplier.New(supplier.Config{})
	if err != nil {
		t.Fatal(err)
	}
	private, public, err := envelope.GenerateKey("Switch", "stock@switch.example", []byte("a passphrase"))
	if err != nil {
		t.Fatal(err)
	}
	key, err := envelope.UnlockPrivateKey(private, []byte("a passphrase"))
	if err != nil {
		t.Fatal(err)
	}
	ring, err := envelope.NewKeyring(map[string][]string{"ACME": {s.PublicKey()}})
	if err != nil {
		t.Fatal(err)
	}
	return &customer{Supplier: s, public: public, opener: &envelope.Opener{Keys: []*envelope.PrivateKey{key}, Suppliers: ring}}
}

func (c *customer) deliver(t *testing.T, batch string, count int, faults ...supplier.Fault) supplier.Delivery {
	t.Helper()
	d, err := c.Delivery(batch, products, count, faults...)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func (c *customer) open(t *testing.T, d supplier.Delivery, faults ...supplier.Fault) (*envelope.Delivery, []byte, error) {
	t.Helper()
	mail, err := c.Mail(d, "stock@switch.example", c.public, faults...)
	if err != nil {
		t.Fatal(err)
	}
	for _, pin := range d.PINs {
		if bytes.Contains(mail, []byte(pin)) {
			t.Fatal("a PIN is in the mail in clear")
		}
	}
	opened, err := c.opener.Open(bytes.NewReader(mail), envelope.Terms{Supplier: "ACME"})
	if err != nil {
		return opened, nil, err
	}
	clear, err := io.ReadAll(opened)
	return opened, clear, err
}

func TestAMailFromTheSupplierOpensWithHisKey(t *testing.T) {
	c := newCustomer(t)
	d := c.deliver(t, "B0001", 5)
	opened, clear, err := c.open(t, d)
	if err != nil || !bytes.Equal(clear, d.File) {
		t.Fatalf("the file is %q, %v; sent was %q", clear, err, d.File)
	}
	if opened.Letter.From != c.Address() || opened.Form != envelope.FormMIME {
		t.Errorf("the letter is %+v, the form %s", opened.Letter, opened.Form)
	}
	armoured, err := c.Seal(d.File, c.public)
	if err != nil {
		t.Fatal(err)
	}
	file, err := c.opener.Open(strings.NewReader(armoured), envelope.Terms{Supplier: "ACME"})
	if err != nil {
		t.Fatal(err)
	}
	if clear, err := io.ReadAll(file); err != nil || !bytes.Equal(clear, d.File) {
		t.Errorf("as a bare file it is %q, %v", clear, err)
	}
}

func TestAFileHasItsVouchersAndTotals(t *testing.T) {
	c := newCustomer(t)
	d := c.deliver(t, "B0001", 5)
	lines := strings.Split(strings.TrimSuffix(string(d.File), "\r\n"), "\r\n")
	if len(lines) != 7 || !strings.HasPrefix(lines[0], "H|ACME|B0001|") || lines[6] != "T|5|89.00" {
		t.Fatalf("the file is %q", lines)
	}
	seen := map[string]bool{}
	for i, line := range lines[1:6] {
		columns := strings.Split(line, "|")
		if len(columns) != 9 || columns[1] != products[i%2].Code || columns[6] != "B0001" || columns[8] != d.PINs[i] || len(columns[8]) != supplier.PINDigits {
			t.Errorf("line %d is %q", i+2, line)
		}
		if seen[columns[7]] || seen[columns[8]] {
			t.Errorf("line %d repeats a serial or a PIN: %q", i+2, line)
		}
		seen[columns[7]], seen[columns[8]] = true, true
	}
	if want := "|29.50|30|30.00|"; !strings.Contains(lines[2], want) {
		t.Errorf("line 3 is %q, and lacks %s", lines[2], want)
	}
	if !slices.Equal(c.PINs(), d.PINs) {
		t.Errorf("the supplier remembers %d PINs", len(c.PINs()))
	}
}

func TestEachFaultOfAFileIsInIt(t *testing.T) {
	c := newCustomer(t)
	good := c.deliver(t, "B0001", 4)
	if again := c.deliver(t, "B0002", 9, supplier.Repeat); !bytes.Equal(again.File, good.File) {
		t.Errorf("the repeat is %q", again.File)
	}
	bad := c.deliver(t, "B0003", 4, supplier.BadLine)
	if line := strings.Split(string(bad.File), "\r\n")[bad.Bad-1]; !strings.HasSuffix(line, "O") {
		t.Errorf("the bad line is %q", line)
	}
	if line := strings.Split(string(c.deliver(t, "B0004", 4, supplier.TenColumns).File), "\r\n")[1]; strings.Count(line, "|") != 9 {
		t.Errorf("of ten columns there are in %q", line)
	}
	if file := c.deliver(t, "B0005", 4, supplier.WrongCount).File; !bytes.HasSuffix(file, []byte("T|5|79.00\r\n")) {
		t.Errorf("with the wrong count it is %q", file)
	}
	if file := c.deliver(t, "B0006", 4, supplier.WrongSum).File; !bytes.HasSuffix(file, []byte("T|4|79.01\r\n")) {
		t.Errorf("with the wrong sum it is %q", file)
	}
	expired := strings.Split(string(c.deliver(t, "B0007", 4, supplier.Expired).File), "|")
	if fresh := strings.Split(string(good.File), "|"); expired[8] == fresh[8] {
		t.Errorf("the expired voucher expires on %s", expired[8])
	}
	if want := 6 * 4; len(c.PINs()) != want {
		t.Errorf("it remembers %d PINs, want %d", len(c.PINs()), want)
	}
}

func TestEachFaultOfAnEnvelopeIsRefused(t *testing.T) {
	c := newCustomer(t)
	d := c.deliver(t, "B0001", 200)
	for fault, want := range map[supplier.Fault]error{
		supplier.Unsigned:    envelope.ErrUnsigned,
		supplier.WrongSigner: envelope.ErrUnknownSigner,
		supplier.Truncated:   envelope.ErrTruncated,
		supplier.Altered:     envelope.ErrAltered,
	} {
		if _, _, err := c.open(t, d, fault); !errors.Is(err, want) {
			t.Errorf("%s: %v", fault, err)
		}
	}
}

func TestNothingIsMadeOfNothing(t *testing.T) {
	c := newCustomer(t)
	for name, make := range map[string]func() (supplier.Delivery, error){
		"a repeat of nothing": func() (supplier.Delivery, error) { return c.Delivery("B", products, 1, supplier.Repeat) },
		"no product":          func() (supplier.Delivery, error) { return c.Delivery("B", nil, 1) },
		"no voucher":          func() (supplier.Delivery, error) { return c.Delivery("B", products, 0) },
	} {
		if d, err := make(); err == nil {
			t.Errorf("%s: %s", name, fmt.Sprint(d))
		}
	}
	if _, err := c.Mail(supplier.Delivery{}, "a@b.example", "no key"); err == nil {
		t.Error("a mail is encrypted to no key")
	}
}
