package envelope_test

import (
	"bufio"
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"runtime"
	"sync"
	"testing"
	"testing/iotest"

	_ "github.com/mattn/go-sqlite3"

	"github.com/vendswitch/vendswitch/upstream/stockmail/envelope"
)

// manyLines is a stock file of so many lines, in which the serials stand for PINs.
func manyLines(n int) []byte {
	var b bytes.Buffer
	for i := range n {
		fmt.Fprintf(&b, "D|MTN10|10.00|0|10.00|31/12/2027|B0001|S%09d|%016d\n", i, i*7919)
	}
	return b.Bytes()
}

// insertAll is a consumer as it should be: it commits after io.EOF, and not before.
func insertAll(db *sql.DB, d *envelope.Delivery) (rows int, err error) {
	tx, err := db.Begin()
	if err != nil {
		return 0, err
	}
	defer tx.Rollback() // of no effect after the commit
	lines := bufio.NewScanner(d)
	for lines.Scan() {
		if _, err := tx.Exec("INSERT INTO voucher VALUES (?)", lines.Text()); err != nil {
			return rows, err
		}
		rows++
	}
	if err := lines.Err(); err != nil {
		return rows, err
	}
	if _, err := d.Result(); err != nil {
		return rows, err
	}
	return rows, tx.Commit()
}

func TestWhoeverInsertsWhileHeReadsRollsBackWhenTheSignatureIsWrong(t *testing.T) {
	w := newWorld(t)
	db, err := sql.Open("sqlite3", ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if _, err := db.Exec("CREATE TABLE voucher (line TEXT)"); err != nil {
		t.Fatal(err)
	}
	const n = 5000
	good := w.seal(manyLines(n))
	unsigned := w.run(manyLines(n), "--recipient", ourAddress, "--encrypt")
	altered := bytes.Clone(good)
	altered[len(altered)-30] ^= 1
	for _, tc := range []struct {
		name  string
		input []byte
		want  error
		kept  int
	}{
		{"unsigned", unsigned, envelope.ErrUnsigned, 0},
		{"altered at its end", altered, envelope.ErrAltered, 0},
		{"good", good, nil, n},
	} {
		d, err := w.opener.Open(bytes.NewReader(tc.input), envelope.Terms{})
		if err != nil {
			t.Fatal(err)
		}
		rows, err := insertAll(db, d)
		if !errors.Is(err, tc.want) || rows < n-100 {
			t.Errorf("%s: %d rows were inserted, and then came %v", tc.name, rows, err)
		}
		var kept int
		if err := db.QueryRow("SELECT count(*) FROM voucher").Scan(&kept); err != nil || kept != tc.kept {
			t.Errorf("%s: %d rows are there, want %d, %v", tc.name, kept, tc.kept, err)
		}
	}
}

func TestNobodyKnowsWhoSignedBeforeTheEnd(t *testing.T) {
	w := newWorld(t)
	d, err := w.opener.Open(bytes.NewReader(w.seal(manyLines(1000))), envelope.Terms{})
	if err != nil {
		t.Fatal(err)
	}
	for {
		if result, err := d.Result(); !errors.Is(err, envelope.ErrUnread) || result != (envelope.Result{}) {
			t.Fatalf("before the end the result is %+v, %v", result, err)
		}
		if _, err := d.Read(make([]byte, 4096)); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if result, err := d.Result(); err != nil || result.Supplier != "ACME" {
		t.Errorf("at the end the result is %+v, %v", result, err)
	}
}

func TestADeliveryIsReadInAnyPortions(t *testing.T) {
	w := newWorld(t)
	want := manyLines(300)
	input := w.seal(want)
	entity := pgpMIME(w.seal([]byte("Content-Transfer-Encoding: base64\r\n\r\n"+wrapped(want)), "--armor"))
	for _, input := range [][]byte{input, entity} {
		for name, portion := range map[string]func(io.Reader) io.Reader{"bytes": iotest.OneByteReader, "halves": iotest.HalfReader} {
			d, err := w.opener.Open(bytes.NewReader(input), envelope.Terms{})
			if err != nil {
				t.Fatal(err)
			}
			if got, err := io.ReadAll(portion(d)); err != nil || !bytes.Equal(got, want) {
				t.Errorf("in %s there are %d bytes, %v", name, len(got), err)
			}
		}
	}
}

func TestADeliveryOpensHoweverItIsPacked(t *testing.T) {
	w := newWorld(t)
	want := manyLines(30_000)
	for _, algorithm := range []string{"none", "zip", "zlib", "bzip2"} {
		input := w.seal(want, "--compress-algo", algorithm, "--compress-level", "9", "--bzip2-compress-level", "9")
		if _, clear, err := w.read(input, envelope.Terms{}); err != nil || clear != string(want) {
			t.Errorf("packed by %s there are %d bytes, %v", algorithm, len(clear), err)
		}
	}
}

func TestDeliveriesAreOpenedSideBySide(t *testing.T) {
	w := newWorld(t)
	input := w.seal(manyLines(500))
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			d, _, err := w.read(input, envelope.Terms{Supplier: "ACME"})
			if err != nil {
				t.Error(err)
				return
			}
			if result, err := d.Result(); err != nil || result.Supplier != "ACME" {
				t.Errorf("the result is %+v, %v", result, err)
			}
		})
	}
	group.Wait()
}

// changing is a file that is another one when it is read again.
type changing struct {
	*bytes.Reader
	next []byte
	seen int
}

func (c *changing) Seek(offset int64, whence int) (int64, error) {
	if c.seen++; c.seen == 3 { // to its end, to its start, and to its start again
		c.Reset(c.next)
	}
	return c.Reader.Seek(offset, whence)
}

func TestAFileThatChangesWhileItIsReadIsRefused(t *testing.T) {
	w := newWorld(t)
	d, err := w.opener.Open(&changing{Reader: bytes.NewReader(w.seal(manyLines(10))), next: w.seal([]byte(stockFile))}, envelope.Terms{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, d); !errors.Is(err, envelope.ErrAltered) {
		t.Errorf("the error is %v", err)
	}
}

func TestALargeDeliveryIsReadInLittleMemory(t *testing.T) {
	w := newWorld(t)
	clear := manyLines(200_000) // 13 MB
	input := w.seal(clear)
	size := len(clear)
	clear = nil
	runtime.GC()
	var before, during runtime.MemStats
	runtime.ReadMemStats(&before)
	d, err := w.opener.Open(bytes.NewReader(input), envelope.Terms{})
	if err != nil {
		t.Fatal(err)
	}
	var most uint64
	buffer, read := make([]byte, 64<<10), 0
	for i := 0; ; i++ {
		n, err := d.Read(buffer)
		read += n
		if i%40 == 0 {
			runtime.GC()
			runtime.ReadMemStats(&during)
			most = max(most, during.HeapAlloc)
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if grown := int64(most) - int64(before.HeapAlloc); read != size || grown > 3<<20 {
		t.Errorf("%d of %d bytes were read with %d bytes more in use", read, size, grown)
	}
}
