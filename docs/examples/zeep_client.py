#!/usr/bin/env python3
"""A POS in Python: zeep makes the client from the WSDL that the switch serves.

    python3 docs/examples/zeep_client.py var/demo/demo.json

It confirms a customer, tries a sale, makes it, meets a fault, recovers the answer as if it had been lost, and buys a
voucher. It prints what a program would go on with, as JSON. Needs zeep 4 (Debian: python3-zeep).
"""

import json
import random
import sys
import time

import zeep
from lxml import etree
from requests.exceptions import RequestException
from zeep.transports import Transport

TIMEOUT = 60  # seconds; longer than the switch may take, which is its answer budget
ASK_AGAIN = 5  # seconds between two questions about one sale
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
NAMESPACES = {
    "b": "http://www.nrs.eskom.co.za/xmlvend/base/2.1/schema",
    "r": "http://www.nrs.eskom.co.za/xmlvend/revenue/2.1/schema",
    "v": "urn:vendswitch:xmlvend:evd:1.0",
}


class Refused(Exception):
    """The switch has answered, with a fault."""

    def __init__(self, answer):
        self.kind = answer.fault._xsd_type.qname.localname  # such as BlockedMeterEx
        self.desc = answer.fault.desc
        self.for_operator = answer.operatorMsg
        self.for_customer = answer.custMsg
        super().__init__(f"{self.kind}: {self.desc}")


class Silent(Exception):
    """Nobody knows what came of the request: ask for the last response."""


class POS:
    def __init__(self, url, client_id, operator, password):
        self.client = zeep.Client(url + "?wsdl", transport=Transport(timeout=TIMEOUT, operation_timeout=TIMEOUT))
        for prefix, space in NAMESPACES.items():
            self.client.set_ns_prefix(prefix, space)
        self.client_id, self.operator, self.password = client_id, operator, password
        self.number = random.randint(1, 900_000)  # a real POS keeps the last one on disk, and goes on from there

    def make(self, name, **values):
        """A value of a type of the schemas; where one is abstract, of the one that is meant."""
        return self.client.get_type(name)(**values)

    def message_id(self):
        """Local time and a number: no two requests of this client may ever have the same."""
        self.number = self.number % 999_999 + 1
        return self.make("b:MsgID", dateTime=time.strftime("%Y%m%d%H%M%S"), uniqueNumber=self.number)

    def header(self, msg_id=None):
        return {
            "clientID": self.make("b:EANDeviceID", ean=self.client_id),
            "terminalID": self.make("b:GenericDeviceID", id="1"),
            "msgID": msg_id or self.message_id(),
            "authCred": self.make("b:AuthCred", opName=self.operator, password=self.password),
        }

    def meter(self, number):
        return self.make("b:VendIDMethod", meterIdentifier=self.make("b:MeterNumber", msno=number))

    def sale(self, meter, amount):
        return {
            "resource": self.make("b:Electricity"),
            "idMethod": self.meter(meter),
            "purchaseValue": self.make("r:PurchaseValueCurrency", amt=self.make("b:Currency", value=amount, symbol="ZAR")),
        }

    def call(self, operation, **request):
        try:
            return getattr(self.client.service, operation)(**request)
        except zeep.exceptions.Fault as fault:
            raise self.understood(fault) from fault
        except (RequestException, zeep.exceptions.TransportError) as cause:
            raise Silent(str(cause)) from cause

    def understood(self, fault):
        """What a SOAP fault says. A SystemEx, or a fault that is not XMLVend's, says nothing about the sale."""
        if fault.detail is None or len(fault.detail) == 0:
            return Silent(fault.message)
        refused = Refused(self.client.get_element("b:xmlvendFaultResp").parse(fault.detail[0], self.client.wsdl.types))
        return Silent(str(refused)) if refused.kind == "SystemEx" else refused

    def last_response(self, msg_id):
        """What was answered to an earlier request. The advice has a message id of its own.

        The type of adviceReq is abstract. zeep fills in the declared type of a message, so this message is put
        together from the same parts: the element, with a value of the type that is meant.
        """
        advice = self.make("b:LastRespAdviceReq", adviceReqMsgID=msg_id, **self.header())
        envelope = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"soap": SOAP})
        body = etree.SubElement(envelope, f"{{{SOAP}}}Body")
        self.client.get_element("b:adviceReq").render(body, advice)
        service = self.client.service
        operation = service._binding.get("AdviceRequest")
        address = service._binding_options["address"]
        headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '""'}
        try:
            answer = self.client.transport.post_xml(address, envelope, headers)
            last = service._binding.process_reply(self.client, operation, answer).lastResponse
        except zeep.exceptions.Fault as fault:
            raise self.understood(fault) from fault
        except (RequestException, zeep.exceptions.TransportError) as cause:
            raise Silent(str(cause)) from cause
        if hasattr(last, "fault"):  # the sale was refused
            raise Refused(last)
        return last

    def vend(self, meter, amount):
        """Sells, or raises Refused: then nothing was sold. It does not return before it knows."""
        msg_id = self.message_id()  # a real POS writes it to disk before it sends
        try:
            return msg_id, self.call("CreditVendRequest", **self.header(msg_id), **self.sale(meter, amount))
        except Silent:
            return msg_id, self.recover(msg_id)

    def recover(self, msg_id):
        while True:
            try:
                return self.last_response(msg_id)
            except Silent:
                time.sleep(ASK_AGAIN)


def token(answer):
    """The token, as the utility made it: print it in groups of four digits."""
    for tx in answer.creditVendReceipt.transactions.tx:
        if hasattr(tx, "creditTokenIssue"):
            return tx.creditTokenIssue.token.stsCipher
    raise ValueError("no token")


def refusal(request, *args, **kwargs):
    try:
        request(*args, **kwargs)
    except Refused as refused:
        return {"class": refused.kind, "desc": refused.desc, "operator": refused.for_operator}
    return None


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        demo = json.load(file)
    pos = POS(demo["url"], demo["clientID"], demo["opName"], demo["password"])
    good, blocked, unknown = (demo["meters"][kind] for kind in ("good", "blocked", "unknown"))

    customer = pos.call("ConfirmCustomerRequest", **pos.header(), idMethod=pos.meter(good))
    trial = pos.call("TrialCreditVendRequest", **pos.header(), **pos.sale(good, "50.00"))
    msg_id, sold = pos.vend(good, "50.00")
    again = pos.last_response(msg_id)
    voucher = pos.call("VoucherVendRequest", **pos.header(), productCode="CELLX5", quantity=1)
    print(json.dumps({
        "customer": customer.confirmCustResult[0].custVendDetail.name,
        "trial": token(trial),
        "token": token(sold),
        "recovered": token(again),
        "blocked": refusal(pos.vend, blocked, "50.00"),
        "unknown": refusal(pos.call, "ConfirmCustomerRequest", **pos.header(), idMethod=pos.meter(unknown)),
        "neverSent": refusal(pos.last_response, pos.message_id()),
        "pin": voucher.voucherVendReceipt.transactions.tx[0].voucher[0].pin,
    }, indent=2))


if __name__ == "__main__":
    main()
