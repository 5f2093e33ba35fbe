package xmlvend_test

import (
	"context"
	"fmt"
	"log"
	"net/http/httptest"
	"time"

	"github.com/vendswitch/vendswitch/xmlvend"
)

// A server that knows no meter, and a client that asks it for a token.
func Example() {
	handler, err := xmlvend.NewHandler(xmlvend.HandlerConfig{
		Server: xmlvend.EAN("6009990009004"),
		Service: xmlvend.ServiceFunc(func(_ context.Context, call *xmlvend.Call) (xmlvend.Response, error) {
			switch req := call.Request.(type) {
			case *xmlvend.CreditVendReq:
				return nil, &xmlvend.Fault{Class: xmlvend.UnknownMeterEx, Desc: "No meter " + req.Meter.MeterNo()}
			default:
				return nil, &xmlvend.Fault{Class: xmlvend.UseCaseSupportEx, Desc: "Only vends here"}
			}
		}),
	})
	if err != nil {
		log.Fatal(err)
	}
	server := httptest.NewServer(handler)
	defer server.Close()

	client, err := xmlvend.NewClient(xmlvend.ClientConfig{URL: server.URL})
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 25*time.Second)
	defer cancel()
	answer, err := client.Do(ctx, &xmlvend.CreditVendReq{
		VendRequestHeader: xmlvend.VendRequestHeader{
			RequestHeader: xmlvend.RequestHeader{
				Client:   xmlvend.EAN("6009990000018"),
				Terminal: xmlvend.Generic("1"),
				MsgID:    xmlvend.MsgID{DateTime: "20261123083000", UniqueNumber: "412"},
				AuthCred: &xmlvend.AuthCred{OpName: "clerk01", Password: "Sample123"},
			},
			Resource: xmlvend.Electricity,
			Meter:    xmlvend.MeterNumber{MSNO: "07215001236"},
		},
		PurchaseValue: xmlvend.PurchaseValueCurrency{Amt: xmlvend.NewCurrency(20000, 2, "ZAR")},
	})
	if err != nil {
		log.Fatal(err) // nobody knows what came of it, unless it is a SendError with Sent false
	}
	if answer.Fault != nil {
		fmt.Println(answer.Fault)
		fmt.Println("a business rule:", answer.Fault.Class.IsA(xmlvend.BusinessRuleEx))
	}
	// Output:
	// UnknownMeterEx: No meter 07215001236
	// a business rule: true
}
