package stockmail_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/vendswitch/vendswitch/upstream/stockmail"
)

// change is an edit of a sample: what is replaced, and by what.
type change struct{ old, by string }

func TestAFileThatIsNotAsAgreedIsRefusedWithItsLine(t *testing.T) {
	for _, tc := range []struct {
		supplier string
		change   change
		says     string
	}{
		{"kestrel", change{"|700100010003\n", "|700100010003|8\n"}, "line 4: has 10 columns where 9 are due"},
		{"kestrel", change{"|700200010001|8\n", "|700200010001\n"}, "line 5: has 9 columns where 10 are due"},
		{"kestrel", change{"PLAYAB12CD34EF56|9000300001", "9000300001|PLAYAB12CD34EF56"}, "line 7: serial has 16 characters, not 10"},
		{"kestrel", change{"D|171|85.00|30|1024|31/12/2028|B4471|9000200001", "D"}, "line 5: the code in column 2 is of no product of the agreement"},
		{"kestrel", change{"D|105|50.00|0|50|30/06/2029|B4471|90001000031|700100010003", "D"}, "line 4: has 1 column where 9 are due"},
		{"kestrel", change{"D|105", "D|106"}, "line 4: the code in column 2 is of no product of the agreement"},
		{"kestrel", change{"D|105", "E|105"}, "line 4: begins with none of the marks that this file may have"},
		{"kestrel", change{"D|105|50.00", "D|105|55.00"}, "line 4: face value is not the agreement's 50.00"},
		{"kestrel", change{"D|105|50.00", "D|105|50.001"}, "line 4: face value: not an amount"},
		{"kestrel", change{"D|105|50.00", "D|105|-50.00"}, "line 4: face value: not an amount"},
		{"kestrel", change{"D|105|50.00", "D|105|99999999999999999999"}, "line 4: face value: too large"},
		{"kestrel", change{"D|105|50.00|0", "D|105|50.00|x"}, "line 4: column 4 is not a number"},
		{"kestrel", change{"|700100010003\n", "|70010001000\n"}, "line 4: PIN has 11 characters, not 12,16"},
		{"kestrel", change{"|700100010003\n", "|70010001000A\n"}, "line 4: PIN is not all digits"},
		{"kestrel", change{"|700100010003\n", "| 00100010003\n"}, "line 4: PIN is not all digits"},
		{"kestrel", change{"PLAYAB12CD34EF56", "PLAYab12CD34EF56"}, "line 7: PIN is not all capitals and digits"},
		{"kestrel", change{"90001000031", "90001"}, "line 4: serial has 5 characters, not 10-14"},
		{"kestrel", change{"90001000031", "9000100003X"}, "line 4: serial is not all digits"},
		{"kestrel", change{"90001000031", "9000100002"}, "line 4: serial is on a line above too"},
		{"kestrel", change{"700100010003", "700100010001"}, "line 4: PIN is on a line above too"},
		{"kestrel", change{"700200010002", "700100010001"}, "line 6: PIN is on a line above too"},
		{"kestrel", change{"30/06/2029", "24/11/2026"}, "line 4: expired already"},
		{"kestrel", change{"30/06/2029", "31/06/2029"}, "line 4: expiry date is not dd/mm/yyyy"},
		{"kestrel", change{"30/06/2029", "2029-06-30"}, "line 4: expiry date is not dd/mm/yyyy"},
		{"kestrel", change{"30/06/2029", ""}, "line 4: expiry date is not dd/mm/yyyy"},
		{"kestrel", change{"30/06/2029", "30/06/2081"}, "line 4: expires after 2080"},
		{"kestrel", change{"30/06/2029|B4471", "30/06/2029|B4472"}, "line 4: batch is not that of the lines above"},
		{"kestrel", change{"30/06/2029|B4471", "30/06/2029|"}, "line 4: batch is not 1 to 64 characters"},
		{"kestrel", change{"D|171|85.00|30|1024|31/12/2028|B4471|9000200001|700200010001|8\n", "\n"}, "line 5: is empty"},
		{"kestrel", change{"D|105", "D|1\x0005"}, "line 4: has a NUL byte"},
		{"kestrel", change{"D|105", "D|1\x1a05"}, "line 4: has a control character"},
		{"kestrel", change{"D|105", "D|1\xff05"}, "line 4: is not UTF-8"},
		{"kestrel", change{"D|105", "D|" + strings.Repeat("1", stockmail.MaxLine)}, "line 4: longer than 4096 bytes"},
		{"kestrel", change{"D|105", "D|" + strings.Repeat("1", 1<<20)}, "line 4: longer than 4096 bytes"},
		{"kestrel", change{"D|105", "H|KW-20261120-07\nD|105"}, "line 4: is a header (H) below where headers end"},
		{"kestrel", change{"H|KW", "H|X\nH|KW"}, "line 2: is a second line with the mark H"},
		{"kestrel", change{"H|KW-20261120-07", "H|"}, "line 1: order: is not 1 to 64 characters"},
		{"kestrel", change{"H|KW-20261120-07", "H|KW|7"}, "line 1: has 3 columns where 2 are due"},

		{"protea", change{"Easyload,20,", "Easyload,30,"}, "line 2: face value is of no product of this code"},
		{"protea", change{"Easyload,20,", "Easyload,5,"}, ""}, // it is another product then; nothing tells
		{"protea", change{"70110001000102,80110000000000000002", "80110000000000000002,70110001000102"}, "line 2: serial has 14 characters, not 20"},
		{"protea", change{"20290630", "20261224"}, "line 3: expires in less than 30 days"},
		{"protea", change{"20290630", "20261225"}, ""},
		{"protea", change{"20290630", "2029063"}, "line 3: expiry date is not yyyymmdd"},
		{"protea", change{"20290630", "21000101"}, "line 3: expires after 2099"},
		{"protea", change{"Easyload,20,", "Easyload,\"20\","}, "line 2: face value: not an amount"},

		{"baobab", change{"H|4711\n", ""}, "line 1: is a voucher, and there was no header H above it"},
		{"baobab", change{"B|-1250.75\n", ""}, "line 5: the file ends without its trailer B: it was cut short"},
		{"baobab", change{"B|-1250.75\n", "B|-1250.75\nD|RIVER|10.00|R00000009|702000100009|9.35\n"}, "line 7: is below the trailer, which ends the file"},
		{"baobab", change{"B|-1250.75\n", "B|-1250.75\nB|-1250.75\n"}, "line 7: is a second line with the mark B"},
		{"baobab", change{"B|-1250.75\n", "B|-1250.75\nH|4711\n"}, "line 7: is below the trailer"},
		{"baobab", change{"B|-1250.75\n", "B|-1250.75\n\n\nx\n"}, "line 7: is empty"},
		{"baobab", change{"B|-1250.75\n", "B|-1250.75\n\n\n"}, ""},
		{"baobab", change{"B|-1250.75", "B|lots"}, "line 6: column 2 is not a number"},
		{"baobab", change{"|28.05", "|28.50"}, "line 4: cost is not the agreement's 28.05"},
		{"baobab", change{"|28.05", "|2805"}, "line 4: cost is not the agreement's 28.05"},
		{"baobab", change{"|28.05", "|"}, "line 4: cost: not an amount"},

		{"heron", change{"# Count of type 5: 2", "# Count of type 5: 3"}, "line 3: tells of 3 vouchers of 5, and there are 2"},
		{"heron", change{"# Count of type 5: 2", "# Count of type 6: 2"}, "line 3: tells of a product that is not in the agreement"},
		{"heron", change{"# Count of type 5: 2", "# Count of type 5: many"}, "line 3: Count of type {product}: not a whole number"},
		{"heron", change{"# Count of type 5: 2\n", ""}, "line 3: is the last that counts vouchers, and those of product HERON5 (2) are in no count"},
		{"heron", change{"# Total value: 60.00", "# Total value: 65.00"}, "line 5: tells of face values of 65.00, and they come to 60.00"},
		{"heron", change{"# Total value: 60.00\n", ""}, "line 7: is a voucher, and no comment above it told Total value"},
		{"heron", change{"# Batch name: HM-0042", "# Batch name: HM-0042\n# Batch name: HM-0042"}, "line 3: Batch name: is said twice"},
		{"heron", change{"serial,hrn,type\n", ""}, `line 7: heading: column 1 is not "serial"`},
		{"heron", change{"serial,hrn,type", "serial,type,hrn"}, `line 7: heading: column 2 is not "hrn"`},
		{"heron", change{"serial,hrn,type", "serial,hrn"}, "line 7: heading: has 2 columns where 3 are due"},
		{"heron", change{"serial,hrn,type\n", "serial,hrn,type\n# Batch name: HM-0042\n"}, "line 8: is a comment below where comments end"},
		{"heron", change{`"70300010000102"`, `"70300010000102`}, "line 9: quotes are not in pairs around a whole field"},
		{"heron", change{`"70300010000102"`, `"70300010000102"0`}, "line 9: quotes are not in pairs around a whole field"},
		{"heron", change{`"70300010000102"`, `7030001"0000102`}, "line 9: quotes are not in pairs around a whole field"},

		{"umtata", change{"0000003000000012000005500000001005500000003", "0000004000000012000005500000001005500000003"}, "line 1: tells of 4 vouchers, and there are 3"},
		{"umtata", change{"0000003000000012000005500000001005500000003", "0000003000000013000005500000001005500000003"}, "line 1: tells of face values of 130.00, and they come to 120.00"},
		{"umtata", change{"0000003000000012000005500000001005500000003", "0000003000000012000005500000001005500000004"}, "line 1: tells of another last serial"},
		{"umtata", change{"0000003000000012000005500000001005500000003", "0000003000000012000005500000000005500000003"}, "line 1: tells of another first serial"},
		{"umtata", change{"0000003000000012000005500000001005500000003", "0000003000000012000005500000001005500000002"}, "line 4: serial is behind the last one"},
		{"umtata", change{"0000003000000012000005500000001005500000003", "0000003000000012000005500000002005500000003"}, "line 2: serial is before the first one"},
		{"umtata", change{"90000003000000012000", "90000003000000012001"}, "line 5: tells of face values of 120.01, and they come to 120.00"},
		{"umtata", change{"90000003000000012000", "98765432000000012000"}, "line 5: tells of more than a file may hold"},
		{"umtata", change{"90000003000000012000", "90000003876543212000"}, "line 5: tells of more than a file may hold"},
		{"umtata", change{"90000003000000012000", "90000002000000012000"}, "line 5: tells of 2 vouchers, and there are 3"},
		{"umtata", change{"90000003000000012000", "9000000300000001200"}, "line 5: has 19 characters where 20 are due"},
		{"umtata", change{"90000003000000012000\n", ""}, "line 4: the file ends without its trailer 9: it was cut short"},
		{"umtata", change{"704000100003    022028", "704000100003   022028"}, "line 4: has 46 characters where 47 are due"},
		{"umtata", change{"704000100003    022028", "704000100003   é022028"}, "line 4: has a character that is not ASCII, and so no fixed width"},
		{"umtata", change{"704000100003    022028", "7040001000 3    022028"}, "line 4: PIN is not all digits"},
		{"umtata", change{"704000100003    022028", "704000100003    132028"}, "line 4: expiry date is not mmyyyy"},
		{"umtata", change{"704000100003    022028", "704000100003    102026"}, "line 4: expired already"},
		{"umtata", change{"704000100003    022028", "704000100003    112026"}, ""},
	} {
		text := replace(t, sample(t, tc.supplier), tc.change.old, tc.change.by)
		_, _, err := read(parse(t, supplier(t, tc.supplier)), text)
		checkRefusal(t, tc.supplier+": "+tc.change.old+" > "+tc.change.by[:min(len(tc.change.by), 80)], err, tc.says)
	}
}

// pinLike finds what could be a PIN of the samples.
var pinLike = regexp.MustCompile(`[0-9]{9}|PLAY`)

func checkRefusal(t *testing.T, what string, err error, says string) {
	t.Helper()
	if says == "" {
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
		return
	}
	if err == nil {
		t.Errorf("%s: is read", what)
		return
	}
	if _, ok := errors.AsType[*stockmail.LineError](err); !ok {
		t.Errorf("%s: %T is no LineError", what, err)
	}
	if !strings.HasPrefix(err.Error(), says) {
		t.Errorf("%s:\n%v\nis not\n%s", what, err, says)
	}
	if pinLike.MatchString(strings.TrimSuffix(err.Error(), "the most is 10000000000000.00")) {
		t.Errorf("%s: there may be a PIN in: %v", what, err)
	}
}

func TestAFileWithoutVouchersIsRefused(t *testing.T) {
	for _, text := range []string{"", "\n", "\ufeff", "H|KW-20261120-07\n"} {
		_, _, err := read(parse(t, supplier(t, "kestrel")), text)
		checkRefusal(t, text, err, "there are no vouchers in the file")
	}
}

func TestAnotherEncodingIsRefused(t *testing.T) {
	_, _, err := read(parse(t, supplier(t, "kestrel")), "\xff\xfeD\x00|\x001\x00")
	checkRefusal(t, "UTF-16", err, "line 1: has a NUL byte")
}
