package main

import (
	"crypto/ecdsa"
	"os"
	"path/filepath"
	"testing"

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
