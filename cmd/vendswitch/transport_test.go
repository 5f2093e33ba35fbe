package main

import (
	"strings"
	"testing"
)

func TestSettingsOfTLSThatCannotBeAreRefusedInWordsThatHelp(t *testing.T) {
	for name, row := range map[string]struct{ toml, says string }{
		"a certificate without its key":      {"[server.tls]\ncertificate = 'a.pem'", "a certificate needs its key"},
		"a key without its certificate":      {"[server.tls]\nkey = 'a.key'", "a key needs its certificate"},
		"authorities without a certificate":  {"[server.tls]\nclient_ca = ['ca.pem']", "server.tls.client_ca is for a server with a certificate"},
		"an unknown policy":                  {"[server.tls]\nclient_certificates = 'maybe'", "it must be required or optional"},
		"a version that is too old":          {"[server.tls]\nmin_version = '1.1'", "it is 1.2 or 1.3"},
		"plain and not plain":                {"[server]\nplain = true\n[server.tls]\ncertificate = 'a.pem'\nkey = 'a.key'", "take one away"},
		"a supplier's certificate alone":     {"[supplier.TOWN.tls]\ncertificate = 'a.pem'", "supplier.TOWN.tls: a certificate needs its key"},
		"pinned and signed by an authority":  {"[supplier.TOWN.tls]\npinned = 'a.pem'\nca = ['ca.pem']", "not both"},
		"a supplier's version that is none":  {"[supplier.TOWN.tls]\nmin_version = '1.0'", "it is 1.2 or 1.3"},
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
