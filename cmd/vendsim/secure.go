package main

import (
	"crypto/tls"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"time"

	"github.com/vendswitch/vendswitch/xmlvend"
	"github.com/vendswitch/vendswitch/xmlvend/certificate"
)

// papers are the certificates of a world whose switch sells over mutual TLS; the zero
// value is a world without.
type papers struct{ folder string }

func (p papers) on() bool { return p.folder != "" }

func (p papers) file(name string) string { return filepath.Join(p.folder, name) }

// client are the files that the demo's client shows and trusts.
func (p papers) client() certificate.Files {
	return certificate.Files{
		Certificate: p.file("client-" + clientEAN + ".pem"), Key: p.file("client-" + clientEAN + ".key"),
		Authorities: []string{p.file("ca.pem")},
	}
}

// steps are the verbs that make the certificates, for a switch that listens there.
func (p papers) steps(listen string) [][]string {
	if !p.on() {
		return nil
	}
	server := []string{"keys", "server", "--folder", p.folder, "--host", "localhost", "--host", "127.0.0.1"}
	if host, _, err := net.SplitHostPort(listen); err == nil && host != "localhost" && host != "127.0.0.1" && host != "" {
		server = append(server, "--host", host)
	}
	return [][]string{
		{"keys", "ca", "--folder", p.folder},
		server,
		{"keys", "client", "--folder", p.folder, "--id", clientEAN},
	}
}

// settings are what the switch's settings have of them.
func (p papers) settings() string {
	if !p.on() {
		return ""
	}
	return fmt.Sprintf("\n[server.tls]\ncertificate = %q\nkey = %q\nclient_ca = [%q]\n", p.file("server.pem"), p.file("server.key"), p.file("ca.pem"))
}

// tls are the settings of a terminal.
func (p papers) tls() (xmlvend.TLS, error) {
	if !p.on() {
		return nil, nil
	}
	source, err := certificate.Open(p.client(), func(m certificate.Material) *tls.Config {
		return certificate.Client(m, certificate.Expected{ID: serverEAN, Minimum: tls.VersionTLS12}, time.Now)
	}, certificate.Options{Name: "client"})
	if err != nil {
		return nil, err
	}
	return source.Config, nil
}

// curl puts the client's files into a curl line.
func (p papers) curl(line string) string {
	if !p.on() {
		return line
	}
	c := p.client()
	return strings.Replace(line, "curl -s ", fmt.Sprintf("curl -s --cacert %s --cert %s --key %s ", c.Authorities[0], c.Certificate, c.Key), 1)
}
