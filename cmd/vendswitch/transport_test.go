package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/vendswitch/vendswitch/conformance/sim/pos"
	"github.com/vendswitch/vendswitch/conformance/sim/utility"
	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/ledgertest"
	"github.com/vendswitch/vendswitch/xmlvend"
	"github.com/vendswitch/vendswitch/xmlvend/certificate"
	"github.com/vendswitch/vendswitch/xmlvend/certificate/certificatetest"
)

func TestSettingsOfTLSThatCannotBeAreRefusedInWordsThatHelp(t *testing.T) {
	for name, row := range map[string]struct{ toml, says string }{
		"a certificate without its key":      {"[server.tls]\ncertificate = 'a.pem'", "a certificate needs its key"},
		"a key without its certificate":      {"[server.tls]\nkey = 'a.key'", "a key needs its certificate"},
		"authorities without a certificate":  {"[server.tls]\nclient_ca = ['ca.pem']", "server.tls.client_ca is for a server with a certificate"},
		"an unknown policy":                  {"[server.tls]\nclient_certificates = 'maybe'", "it must be required or optional"},
		"certificates of nobody's":           {"[server.tls]\ncertificate = 'a.pem'\nkey = 'a.key'\nclient_certificates = 'required'", "server.tls.client_ca"},
		"a version that is too old":          {"[server.tls]\nmin_version = '1.1'", "it is 1.2 or 1.3"},
		"plain and not plain":                {"[server]\nplain = true\n[server.tls]\ncertificate = 'a.pem'\nkey = 'a.key'", "take one away"},
		"a supplier's certificate alone":     {"[supplier.TOWN.tls]\ncertificate = 'a.pem'", "supplier.TOWN.tls: a certificate needs its key"},
		"pinned and signed by an authority":  {"[supplier.TOWN.tls]\npinned = 'a.pem'\nca = ['ca.pem']", "not both"},
		"a supplier's version that is none":  {"[supplier.TOWN.tls]\nmin_version = '1.0'", "it is 1.2 or 1.3"},
		"renegotiation where there is none":  {"[supplier.TOWN.tls]\nmin_version = '1.3'\nrenegotiation = true", "there is no renegotiation in TLS 1.3"},
		"a key that nobody knows":            {"[server.tls]\nciphers = 'all'", "unknown key server.tls.ciphers"},
		"a supplier's key that nobody knows": {"[supplier.TOWN.tls]\ncipher = 'all'", "unknown key supplier.TOWN.tls.cipher"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := readConfig(write(t, "vendswitch.toml", row.toml), nil)
			if err == nil || !strings.Contains(err.Error(), row.says) {
				t.Errorf("%v, want it to say %q", err, row.says)
			}
		})
	}
}

func TestPlainHTTPIsRefusedWhereOthersCanListenIn(t *testing.T) {
	for listen, may := range map[string]bool{
		"127.0.0.1:8480": true, "[::1]:8480": true, "localhost:8480": true, "127.9.9.9:0": true,
		":8480": false, "0.0.0.0:8480": false, "[::]:8480": false, "192.0.2.1:8480": false,
	} {
		err := ServerConfig{Listen: listen}.mayListen()
		if (err == nil) != may {
			t.Errorf("%s: %v", listen, err)
		}
		if !may && !(strings.Contains(err.Error(), "server.tls.certificate") && strings.Contains(err.Error(), "server.plain = true")) {
			t.Errorf("%s: the refusal does not name both ways out: %v", listen, err)
		}
		for name, said := range map[string]ServerConfig{
			"plain": {Listen: listen, Plain: true}, "TLS": {Listen: listen, TLS: ServerTLSConfig{Certificate: "a", Key: "b"}},
		} {
			if err := said.mayListen(); err != nil {
				t.Errorf("%s, %s said: %v", listen, name, err)
			}
		}
	}
}

// nowhere is a supplier's address that nobody listens at.
const nowhere = "http://127.0.0.1:1/xmlvend"

// secured are the settings of a server with an authority for clients, and the folder
// of its certificate.
func secured(t *testing.T, server certificate.Pair, clientCA, more string) (settings, folder string) {
	t.Helper()
	folder = t.TempDir()
	crt, key := certificatetest.Write(t, folder, server)
	return fmt.Sprintf("[server.tls]\ncertificate = %q\nkey = %q\nclient_ca = [%q]\n%s\n", crt, key, clientCA, more), folder
}

func TestAClientSellsWithItsOwnCertificateAndWithNoOther(t *testing.T) {
	ca, stranger := certificatetest.New(t, "ca"), certificatetest.New(t, "stranger")
	own, anothers, foreign, late := ca.ClientFor(shop), ca.ClientFor(neighbor), stranger.ClientFor(shop), ca.Expired(shop)
	servers := ca.ServerFor(shop)
	const refused = "no answer: xmlvend: not sent: TLS handshake: remote error: tls: "
	type result map[string]string
	for policy, want := range map[string]result{
		"required": {"own": "sold", "another's": "ClientIDSSLEx", "none": refused + "certificate required",
			"a stranger's": refused + "unknown certificate authority", "expired": refused + "expired certificate", "a server's": refused + "bad certificate"},
		"optional": {"own": "sold", "another's": "ClientIDSSLEx", "none": "sold",
			"a stranger's": refused + "unknown certificate authority", "expired": refused + "expired certificate", "a server's": refused + "bad certificate"},
	} {
		t.Run(policy, func(t *testing.T) {
			d := newDesk(t, ledger.SQLite, ledgertest.SQLite(t))
			d.market(nowhere)
			settings, _ := secured(t, ca.ServerFor("6000000000004"), ca.File, "client_certificates = '"+policy+"'")
			s := d.serves(settings)
			looked, err := net.Dial("tcp", strings.TrimSuffix(strings.TrimPrefix(s.url, "https://"), "/xmlvend"))
			if err != nil {
				t.Fatal(err)
			}
			looked.Close() // which is no handshake that failed
			sold := 0
			for name, shown := range map[string]*certificate.Pair{"own": &own, "another's": &anothers, "none": nil, "a stranger's": &foreign, "expired": &late, "a server's": &servers} {
				if want[name] == "sold" {
					sold++
				}
				if got := sells(t, s.terminal(shop, ca, shown)); got != want[name] {
					t.Errorf("%s: %s, want %s", name, got, want[name])
				}
			}
			if n := len(s.requests(shop)); n != sold {
				t.Errorf("the journal has %d requests of the client, want the %d it sold by", n, sold)
			}
			if n := len(s.requests(neighbor)); n != 0 {
				t.Errorf("the journal has %d requests of the one whose certificate was shown", n)
			}
			if n := s.metric(`vendswitch_pos_refused_total{reason="certificate"}`); n != "1" {
				t.Errorf("%q refusals are counted, want 1", n)
			}
			if n := s.metric("vendswitch_tls_handshakes_failed_total"); n != map[string]string{"required": "4", "optional": "3"}[policy] {
				t.Errorf("%q handshakes are counted that failed", n)
			}
			if !strings.Contains(s.log.String(), "request refused before authentication") || !strings.Contains(s.log.String(), "code=certificate") {
				t.Errorf("the log does not tell of the refusal:\n%s", s.log)
			}
		})
	}
}

func TestAMessageIDThatCameWithAnothersCertificateIsStillFree(t *testing.T) {
	ca := certificatetest.New(t, "ca")
	own, anothers := ca.ClientFor(shop), ca.ClientFor(neighbor)
	d := newDesk(t, ledger.SQLite, ledgertest.SQLite(t))
	d.market(nowhere)
	settings, _ := secured(t, ca.ServerFor("6000000000004"), ca.File, "")
	s := d.serves(settings)
	for _, attempt := range []struct {
		shown    *certificate.Pair
		password xmlvend.Secret
		want     string
	}{
		{&anothers, "Sample123", "ClientIDSSLEx"},
		{&anothers, "Sample124", "ClientIDSSLEx"}, // which says nothing of the password
		{&own, "Sample123", "sold"},
	} {
		client, err := xmlvend.NewClient(xmlvend.ClientConfig{URL: s.url, TLS: ca.Trusting(attempt.shown)})
		if err != nil {
			t.Fatal(err)
		}
		answer, err := client.Do(t.Context(), &xmlvend.VoucherVendReq{RequestHeader: xmlvend.RequestHeader{
			Client: xmlvend.EAN(shop), Terminal: xmlvend.Generic("7"), MsgID: xmlvend.MsgID{DateTime: "20261125101500", UniqueNumber: "7"},
			AuthCred: &xmlvend.AuthCred{OpName: "THANDI", Password: attempt.password},
		}, ProductCode: "CELLX10", Quantity: 1})
		if err != nil {
			t.Fatal(err)
		}
		client.Close()
		if got := told(answer.Response, nil); got != attempt.want {
			t.Errorf("%s, want %s", got, attempt.want)
		}
	}
}

func TestCertificatesAreReplacedWhileTheSwitchSells(t *testing.T) {
	ca, young := certificatetest.New(t, "ca"), certificatetest.New(t, "young")
	own, next := ca.ClientFor(shop), young.ClientFor(shop)
	d := newDesk(t, ledger.SQLite, ledgertest.SQLite(t))
	d.market(nowhere)
	authorities := filepath.Join(t.TempDir(), "clients.pem")
	caPEM, _, err := ca.PEM()
	if err != nil {
		t.Fatal(err)
	}
	youngPEM, _, err := young.PEM()
	if err != nil {
		t.Fatal(err)
	}
	certificatetest.Replace(t, authorities, caPEM)
	settings, folder := secured(t, ca.ServerFor("6000000000004"), authorities, "")
	s := d.serves(settings)
	kept := s.terminal(shop, ca, &own)
	if got := sells(t, kept); got != "sold" {
		t.Fatal(got)
	}

	// The server's own: those who trust only its new authority get in.
	certificatetest.Write(t, folder, young.ServerFor("6000000000004"))
	s.eventually("the new certificate", func() bool { return sells(t, s.terminal(shop, young, &own)) == "sold" })
	if got := sells(t, kept); got != "sold" {
		t.Errorf("on the connection that was there: %s", got)
	}

	// A file that is broken changes nothing, and is told of.
	certificatetest.Replace(t, filepath.Join(folder, "tls.crt"), []byte("rubbish"))
	s.eventually("the metric", func() bool { return s.metric(`vendswitch_certificate_files_unusable{of="server"}`) == "1" })
	if got := sells(t, s.terminal(shop, young, &own)); got != "sold" {
		t.Errorf("with a broken file: %s", got)
	}
	certificatetest.Write(t, folder, young.ServerFor("6000000000004"))
	s.eventually("the file mended", func() bool { return s.metric(`vendswitch_certificate_files_unusable{of="server"}`) == "0" })

	// The authority of clients: at a signal, at once.
	resuming := s.terminal(shop, young, &own)
	if got := sells(t, resuming); got != "sold" {
		t.Fatal(got)
	}
	resuming.Close() // its connection; the session it could resume stays
	certificatetest.Replace(t, authorities, youngPEM)
	if err := syscall.Kill(syscall.Getpid(), syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	s.eventually("the new authority", func() bool { return sells(t, s.terminal(shop, young, &next)) == "sold" })
	for name, terminal := range map[string]*pos.Terminal{"anew": s.terminal(shop, young, &own), "resuming": resuming} {
		if got := sells(t, terminal); got != "no answer: xmlvend: not sent: TLS handshake: remote error: tls: unknown certificate authority" {
			t.Errorf("%s, of the old authority: %s", name, got)
		}
	}
	if days := s.metric(`vendswitch_certificate_days_left{certificate="own",of="server"}`); days != "0" {
		t.Errorf("%q days left of an hour", days)
	}
	if !strings.Contains(s.log.String(), "certificate expires soon") {
		t.Errorf("the log does not warn:\n%s", s.log)
	}
}

// sellsToken buys R50 of electricity.
func sellsToken(t *testing.T, terminal *pos.Terminal) string {
	t.Helper()
	resp, err := terminal.Vend(t.Context(), utility.Numbers()[utility.Good], 5000)
	return told(resp, err)
}

func TestATownWithMutualTLSSellsToTheSwitchThatShowsItsOwnCertificate(t *testing.T) {
	ca, townCA, stranger := certificatetest.New(t, "ca"), certificatetest.New(t, "town"), certificatetest.New(t, "stranger")
	us := utility.DemoClient().EAN
	own, anothers, foreign := townCA.ClientFor(us), townCA.ClientFor(shop), stranger.ClientFor(us)
	for name, row := range map[string]struct {
		shown  *certificate.Pair
		more   string // of the supplier's settings
		want   string
		leg    ledger.LegState // of the vend there
		reason string
	}{
		"its own":                    {shown: &own, want: "sold", leg: ledger.LegAccepted},
		"its own, and the server's":  {shown: &own, more: "server_id = '" + utility.DefaultServerEAN + "'", want: "sold", leg: ledger.LegAccepted},
		"another's":                  {shown: &anothers, want: "SystemEx", leg: ledger.LegDeclined, reason: "ClientIDSSLEx"},
		"a stranger's":               {shown: &foreign, want: "SystemEx", leg: ledger.LegDeclined, reason: "not sent: remote error: tls: unknown certificate authority"},
		"none":                       {want: "SystemEx", leg: ledger.LegDeclined, reason: "not sent: remote error: tls: "},
		"its own, to another server": {shown: &own, more: "server_id = '6009999999990'", want: "SystemEx", leg: ledger.LegDeclined, reason: "not the certificate agreed on"},
	} {
		for version, number := range map[string]uint16{"1.2": tls.VersionTLS12, "1.3": tls.VersionTLS13} {
			if version == "1.2" && row.leg == ledger.LegDeclined && !strings.HasPrefix(row.reason, "not sent: remote error") {
				continue // which is the same in either version
			}
			t.Run(name+", TLS "+version, func(t *testing.T) {
				town, url := prepaid(t, townCA, number)
				d := newDesk(t, ledger.SQLite, ledgertest.SQLite(t))
				d.market(url)
				settings, _ := secured(t, ca.ServerFor("6000000000004"), ca.File, "client_certificates = 'optional'")
				settings += fmt.Sprintf("[supplier.TOWN]\ncompress = true\n[supplier.TOWN.tls]\nca = [%q]\n%s\n", townCA.File, row.more)
				if row.shown != nil {
					crt, key := certificatetest.Write(t, t.TempDir(), *row.shown)
					settings += fmt.Sprintf("certificate = %q\nkey = %q\n", crt, key)
				}
				s := d.serves(settings)
				if got := sellsToken(t, s.terminal(shop, ca, nil)); got != row.want {
					t.Errorf("%s, want %s", got, row.want)
				}
				legs := s.requests("TOWN")
				if len(legs) == 0 || !legs[0].Vend || legs[0].State != row.leg || !strings.Contains(legs[0].Code+" "+legs[0].Note, row.reason) {
					t.Errorf("legs %+v, want a vend that is %s for %q", legs, row.leg, row.reason)
				}
				issued := len(town.Issued(""))
				if (issued > 0) != (row.want == "sold") {
					t.Errorf("the town has issued %d tokens", issued)
				}
				if available := d.do("merchant", "list"); strings.Contains(available, "5000.00") == (row.want == "sold") {
					t.Errorf("the merchant's float:\n%s", available)
				}
			})
		}
	}
}

// TestAVendWhoseRefusalCameTooLateIsUnknownUntilTheTownHasNeverSeenIt has a town of TLS
// 1.3 judge our certificate when it has the request already. Nothing on the wire tells
// whether it has sold: the money is held until the town itself says so.
func TestAVendWhoseRefusalCameTooLateIsUnknownUntilTheTownHasNeverSeenIt(t *testing.T) {
	ca, townCA := certificatetest.New(t, "ca"), certificatetest.New(t, "town")
	arrived := make(chan struct{})
	var renewed atomic.Bool
	town, url := prepaid(t, townCA, tls.VersionTLS13, func(c *tls.Config) {
		c.VerifyConnection = func(tls.ConnectionState) error {
			select {
			case <-arrived:
			case <-t.Context().Done():
			}
			if renewed.Load() {
				return nil
			}
			return errors.New("not today")
		}
	})
	address := strings.TrimSuffix(strings.TrimPrefix(url, "https://"), "/xmlvend")
	d := newDesk(t, ledger.SQLite, ledgertest.SQLite(t))
	d.market("https://"+certificatetest.Relay(t, address, func() { close(arrived) })+"/xmlvend", "--settle-after", "100ms", "--timeout", "5s")
	crt, key := certificatetest.Write(t, t.TempDir(), townCA.ClientFor(utility.DemoClient().EAN))
	settings, _ := secured(t, ca.ServerFor("6000000000004"), ca.File, "client_certificates = 'optional'")
	s := d.serves(settings + fmt.Sprintf("[supplier.TOWN.tls]\nca = [%q]\ncertificate = %q\nkey = %q\n", townCA.File, crt, key) +
		"[sale]\nresolver_tick = '20ms'\nadvices = ['100ms']\n")
	if got := sellsToken(t, s.terminal(shop, ca, nil)); got != "SystemEx" {
		t.Errorf("%s, want SystemEx", got)
	}
	vend := func() ledger.Leg {
		legs := s.requests("TOWN")
		return legs[len(legs)-1] // the first
	}
	if leg := vend(); !leg.Vend || leg.State != ledger.LegUnknown {
		t.Errorf("the leg is %+v, want a vend that is unknown", leg)
	}
	if held := d.do("merchant", "list"); !strings.Contains(held, "4950.00") {
		t.Errorf("the money is not held:\n%s", held)
	}
	renewed.Store(true)
	s.eventually("the town's word that it never saw the vend", func() bool { return vend().State == ledger.LegNotExecuted })
	if free := d.do("merchant", "list"); strings.Contains(free, "4950.00") {
		t.Errorf("the money is still held:\n%s", free)
	}
	if n := len(town.Issued("")); n != 0 {
		t.Errorf("the town has issued %d tokens", n)
	}
}

func TestOurCertificateAtASupplierIsReplacedWhileTheSwitchSells(t *testing.T) {
	ca, townCA, stranger := certificatetest.New(t, "ca"), certificatetest.New(t, "town"), certificatetest.New(t, "stranger")
	us := utility.DemoClient().EAN
	_, url := prepaid(t, townCA, tls.VersionTLS13)
	d := newDesk(t, ledger.SQLite, ledgertest.SQLite(t))
	d.market(url)
	folder := t.TempDir()
	crt, key := certificatetest.Write(t, folder, stranger.ClientFor(us))
	settings, _ := secured(t, ca.ServerFor("6000000000004"), ca.File, "client_certificates = 'optional'")
	s := d.serves(settings + fmt.Sprintf("[supplier.TOWN.tls]\nca = [%q]\ncertificate = %q\nkey = %q\n", townCA.File, crt, key))
	terminal := s.terminal(shop, ca, nil)
	if got := sellsToken(t, terminal); got != "SystemEx" {
		t.Fatal(got)
	}
	certificatetest.Write(t, folder, townCA.ClientFor(us))
	s.eventually("the new certificate", func() bool {
		return strings.Contains(s.log.String(), `msg="certificate files read again" of="supplier TOWN"`)
	})
	if got := sellsToken(t, terminal); got != "sold" {
		t.Errorf("with the new certificate: %s", got)
	}
}

func TestSettingsOfASupplierThatIsNotThereAreRefused(t *testing.T) {
	d := newDesk(t, ledger.SQLite, ledgertest.SQLite(t))
	code, _, failed := d.run("-c", write(t, "vendswitch.toml", "[supplier.TWON]\ncompress = true\n"), "serve")
	if code != exitFailed || !strings.Contains(failed, "settings supplier.TWON") || !strings.Contains(failed, "supplier list") {
		t.Errorf("exit %d: %s", code, failed)
	}
}
