package main

import (
	"crypto/ecdsa"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"software.sslmate.com/src/go-pkcs12"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/ledgertest"
	"github.com/vendswitch/vendswitch/xmlvend/certificate"
)

func TestAPKCS12FileHoldsTheCertificateAndItsKey(t *testing.T) {
	d := newDesk(t, ledger.SQLite, ledgertest.SQLite(t))
	d.do("keys", "ca", "--folder", d.folder)
	d.do("keys", "client", "--folder", d.folder, "--id", shop, "--pfx-password-file", "-", "<", "Sample123")
	file, err := os.ReadFile(filepath.Join(d.folder, "client-"+shop+".pfx"))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := pkcs12.Decode(file, "Sample124"); err == nil {
		t.Error("it opens with another password")
	}
	key, held, err := pkcs12.Decode(file, "Sample123")
	if err != nil {
		t.Fatal(err)
	}
	written, err := certificate.ReadAll(filepath.Join(d.folder, "client-"+shop+".pem"))
	if err != nil {
		t.Fatal(err)
	}
	if private, is := key.(*ecdsa.PrivateKey); !is || !held.Equal(written[0]) || !private.PublicKey.Equal(held.PublicKey) {
		t.Errorf("it holds %T and the certificate of %s", key, certificate.Subject(held))
	}
	if code, _, failed := d.run("keys", "client", "--folder", d.folder, "--id", neighbor, "--pfx-password-file", "-", "<", ""); code != exitFailed {
		t.Errorf("an empty password: exit %d, %s", code, failed)
	}
}

func TestTheDayACertificateEndsOnIsThatOfTheOperatorsZone(t *testing.T) {
	d := newDesk(t, ledger.SQLite, ledgertest.SQLite(t))
	for _, zone := range []string{"Pacific/Kiritimati", "Pacific/Pago_Pago"} { // it is never the same day in both
		folder := t.TempDir()
		in := func(args ...string) string {
			var out, errs textBuffer
			m := Main{Args: args, Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs, Environ: append(d.environ(), "VENDSWITCH_ZONE="+zone)}
			if code := m.Run(t.Context()); code != 0 {
				t.Fatalf("%v: exit %d, %s", args, code, errs)
			}
			return string(out)
		}
		made := in("keys", "ca", "--folder", folder, "--days", "30")
		ends, err := certificate.ReadAll(filepath.Join(folder, "ca.pem"))
		if err != nil {
			t.Fatal(err)
		}
		place, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		day := ends[0].NotAfter.In(place).Format(time.DateOnly)
		if shown := in("keys", "show", filepath.Join(folder, "ca.pem")); !strings.Contains(made, "good until "+day+"\n") || !strings.Contains(shown, day) {
			t.Errorf("%s: want %s in\n%s\nand in\n%s", zone, day, made, shown)
		}
	}
}

func TestAnAuthorityWithoutANameIsToldWhatTheNameIsFor(t *testing.T) {
	d := newDesk(t, ledger.SQLite, ledgertest.SQLite(t))
	code, _, failed := d.run("keys", "ca", "--folder", d.folder, "--name", " ")
	if code != exitFailed || !strings.Contains(failed, "authority") || strings.Contains(failed, "slips") {
		t.Errorf("exit %d, %s", code, failed)
	}
}
