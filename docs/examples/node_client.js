#!/usr/bin/env node
// A POS in JavaScript: node-soap makes the client from the WSDL that the switch serves.
//
//     (cd docs/examples && npm ci) && node docs/examples/node_client.js var/demo/demo.json
//
// It confirms a customer, tries a sale, makes it, meets a fault, recovers the answer as if it had been lost, and buys
// a voucher. It prints what a program would go on with, as JSON. Needs Node 18.

const fs = require('fs');
const soap = require('soap');

const TIMEOUT = 60_000; // milliseconds; longer than the switch may take, which is its answer budget
const ASK_AGAIN = 5_000; // milliseconds between two questions about one sale

// The switch has answered, with a fault.
class Refused extends Error {
  constructor(answer) {
    const kind = answer.fault.attributes['xsi:type'].split(':').pop(); // such as BlockedMeterEx
    super(`${kind}: ${answer.fault.desc}`);
    Object.assign(this, { kind, desc: answer.fault.desc, forOperator: answer.operatorMsg, forCustomer: answer.custMsg });
  }
}

// Nobody knows what came of the request: ask for the last response.
class Silent extends Error {}

// A value of a type of the schemas where the declared one is abstract. The WSDL declares the prefixes b, r, m and v,
// and node-soap writes them into every envelope.
const typed = (type, attributes = {}, children = {}) => ({ attributes: { 'xsi:type': type, ...attributes }, ...children });

const meter = (number, child = 'meterIdentifier') => typed('b:VendIDMethod', {}, { [child]: typed('b:MeterNumber', { msno: number }) });

const sale = (number, amount) => ({
  resource: typed('b:Electricity'),
  idMethod: meter(number),
  purchaseValue: typed('r:PurchaseValueCurrency', {}, { amt: { attributes: { value: amount, symbol: 'ZAR' } } }),
});

class POS {
  static async connect({ url, clientID, opName, password }) {
    const pos = new POS();
    pos.client = await soap.createClientAsync(`${url}?wsdl`);
    Object.assign(pos, { clientID, opName, password, number: Math.floor(Math.random() * 900_000) });
    return pos; // a real POS keeps the last number on disk, and goes on from there
  }

  // Local time and a number: no two requests of this client may ever have the same.
  messageID() {
    this.number = (this.number % 999_999) + 1;
    const now = new Date();
    const two = (n) => String(n).padStart(2, '0');
    const day = now.getFullYear() + two(now.getMonth() + 1) + two(now.getDate());
    const time = two(now.getHours()) + two(now.getMinutes()) + two(now.getSeconds());
    return { attributes: { dateTime: day + time, uniqueNumber: this.number } };
  }

  // Elements are sent in the order in which they stand here, which the schema demands.
  header(msgID = this.messageID()) {
    return {
      clientID: typed('b:EANDeviceID', { ean: this.clientID }),
      terminalID: typed('b:GenericDeviceID', { id: '1' }),
      msgID,
      authCred: { opName: this.opName, password: this.password },
    };
  }

  async call(operation, request) {
    try {
      const [answer] = await this.client[`${operation}Async`](request, { timeout: TIMEOUT });
      return answer;
    } catch (cause) {
      throw understood(cause);
    }
  }

  // What was answered to an earlier request. The advice has a message id of its own. The type of adviceReq is
  // abstract: the one that is meant stands in xsi:type of the message itself.
  async lastResponse(msgID) {
    const advice = typed('b:LastRespAdviceReq', {}, { ...this.header(), adviceReqMsgID: msgID });
    const { lastResponse } = await this.call('AdviceRequest', advice);
    if (lastResponse.fault) throw new Refused(lastResponse); // the sale was refused
    return lastResponse;
  }

  // Sells, or throws Refused: then nothing was sold. It does not return before it knows.
  async vend(number, amount) {
    const msgID = this.messageID(); // a real POS writes it to disk before it sends
    try {
      return { msgID, sold: await this.call('CreditVendRequest', { ...this.header(msgID), ...sale(number, amount) }) };
    } catch (error) {
      if (!(error instanceof Silent)) throw error;
      return { msgID, sold: await this.recover(msgID) };
    }
  }

  async recover(msgID) {
    for (;;) {
      try {
        return await this.lastResponse(msgID);
      } catch (error) {
        if (!(error instanceof Silent)) throw error;
        await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN));
      }
    }
  }
}

// What an error of node-soap says. A SystemEx, or a fault that is not XMLVend's, says nothing about the sale.
function understood(error) {
  const answer = error.root?.Envelope?.Body?.Fault?.detail?.xmlvendFaultResp;
  if (!answer) return new Silent(error.message);
  const refused = new Refused(answer);
  return refused.kind === 'SystemEx' ? new Silent(refused.message) : refused;
}

// The token, as the utility made it: print it in groups of four digits.
const token = (answer) => answer.creditVendReceipt.transactions.tx.find((tx) => tx.creditTokenIssue).creditTokenIssue.token.stsCipher;

const refusal = (request) =>
  request.then(
    () => null,
    (error) => {
      if (!(error instanceof Refused)) throw error;
      return { class: error.kind, desc: error.desc, operator: error.forOperator };
    },
  );

async function main() {
  const demo = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
  const pos = await POS.connect(demo);
  const { good, blocked, unknown } = demo.meters;
  // Here the declared type is abstract and has no children, so node-soap has to be told whose meterIdentifier it is.
  const whose = (number) => ({ ...pos.header(), idMethod: meter(number, 'b:meterIdentifier') });

  const customer = await pos.call('ConfirmCustomerRequest', whose(good));
  const trial = await pos.call('TrialCreditVendRequest', { ...pos.header(), ...sale(good, '50.00') });
  const { msgID, sold } = await pos.vend(good, '50.00');
  const again = await pos.lastResponse(msgID);
  const voucher = await pos.call('VoucherVendRequest', { ...pos.header(), productCode: 'CELLX5', quantity: 1 });
  const result = {
    customer: customer.confirmCustResult[0].custVendDetail.attributes.name,
    trial: token(trial),
    token: token(sold),
    recovered: token(again),
    blocked: await refusal(pos.vend(blocked, '50.00')),
    unknown: await refusal(pos.call('ConfirmCustomerRequest', whose(unknown))),
    neverSent: await refusal(pos.lastResponse(pos.messageID())),
    pin: voucher.voucherVendReceipt.transactions.tx[0].voucher[0].pin,
  };
  console.log(JSON.stringify(result, null, 2));
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
