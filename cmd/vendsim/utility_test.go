package main

import (
	"context"
	"crypto/tls"
	"testing"
	"time"

	"github.com/vendswitch/vendswitch/conformance/sim/pos"
	"github.com/vendswitch/vendswitch/conformance/sim/utility"
	"github.com/vendswitch/vendswitch/xmlvend"
	"github.com/vendswitch/vendswitch/xmlvend/certificate"
	"github.com/vendswitch/vendswitch/xmlvend/certificate/certificatetest"
)

func TestATownOverTLSSellsToClientsWithTheirOwnCertificate(t *testing.T) {
	ca := certificatetest.New(t, "ca")
	crt, key := certificatetest.Write(t, t.TempDir(), ca.ServerFor(utility.DefaultServerEAN))
	listen, err := freeAddress()
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan int, 1)
	go func() {
		args := []string{"utility", "--listen", listen, "--tls-cert", crt, "--tls-key", key, "--client-ca", ca.File}
		ended <- Main{Args: args, Stdout: t.Output(), Stderr: t.Output()}.Run(ctx)
	}()
	t.Cleanup(func() {
		stop()
		if code := <-ended; code != exitOK {
			t.Errorf("the town ended with %d", code)
		}
	})
	us := utility.DemoClient()
	own, anothers := ca.ClientFor(us.EAN), ca.ClientFor(clientEAN)
	confirm := func(shown *certificate.Pair) (xmlvend.Response, error) {
		material := certificate.Material{Authorities: ca.Pool()}
		if shown != nil {
			pair := certificatetest.TLS(*shown)
			material.Own = &pair
		}
		config := certificate.Client(material, certificate.Expected{ID: utility.DefaultServerEAN, Minimum: tls.VersionTLS12}, time.Now)
		terminal, err := pos.New(pos.Config{URL: "https://" + listen + "/xmlvend", TLS: func() *tls.Config { return config },
			ClientID: us.EAN, TerminalID: "1", OpName: us.Operator, Password: us.Password})
		if err != nil {
			t.Fatal(err)
		}
		defer terminal.Close()
		return terminal.Confirm(t.Context(), utility.Numbers()[utility.Good])
	}
	var resp xmlvend.Response
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if resp, err = confirm(&own); err == nil || time.Now().After(deadline) {
			break
		}
	}
	if _, is := resp.(*xmlvend.ConfirmCustomerResp); !is || err != nil {
		t.Errorf("with its own certificate: %T, %v", resp, err)
	}
	resp, err = confirm(&anothers)
	if fault, is := resp.(*xmlvend.FaultResp); !is || err != nil || fault.Fault.Class != xmlvend.ClientIDSSLEx {
		t.Errorf("with another's: %+v, %v", resp, err)
	}
	if resp, err := confirm(nil); err == nil {
		t.Errorf("with none: %+v", resp)
	}
}
