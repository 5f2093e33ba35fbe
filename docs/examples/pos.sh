# A POS in shell, for trying things by hand:  . docs/examples/pos.sh
# Each function sends one message to the switch of `make run`, under the message id in MSGID, and prints the answer.

URL=${URL:-http://127.0.0.1:8480/xmlvend}
CLIENT=${CLIENT:-6009990000018}
OPERATOR=${OPERATOR:-THANDI}
PASSWORD=${PASSWORD:-Sample123}

# new_id makes a message id: local time and a number. Call it before each request that is to be a new one.
NUMBER=$((RANDOM * 27 + 1))
new_id() {
  NUMBER=$((NUMBER % 999999 + 1))
  MSGID="dateTime=\"$(date +%Y%m%d%H%M%S)\" uniqueNumber=\"$NUMBER\""
}

# send PREFIX:ELEMENT ATTRIBUTES CONTENT
send() {
  curl -s --max-time 60 "$URL" -H 'Content-Type: text/xml; charset=utf-8' --data-binary @- <<END
<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
  xmlns:b="http://www.nrs.eskom.co.za/xmlvend/base/2.1/schema" xmlns:r="http://www.nrs.eskom.co.za/xmlvend/revenue/2.1/schema">
 <soap:Body>
  <$1 $2>
   <b:clientID xsi:type="b:EANDeviceID" ean="$CLIENT"/>
   <b:terminalID xsi:type="b:GenericDeviceID" id="1"/>
   <b:msgID $MSGID/>
   <b:authCred><b:opName>$OPERATOR</b:opName><b:password>$PASSWORD</b:password></b:authCred>
   $3
  </$1>
 </soap:Body>
</soap:Envelope>
END
  echo
}

meter() { echo "<b:meterIdentifier xsi:type=\"b:MeterNumber\" msno=\"$1\"/>"; }

# sale METER AMOUNT
sale() {
  echo "<b:resource xsi:type=\"b:Electricity\"/><b:idMethod xsi:type=\"b:VendIDMethod\">$(meter "$1")</b:idMethod>" \
    "<r:purchaseValue xsi:type=\"r:PurchaseValueCurrency\"><r:amt value=\"$2\" symbol=\"ZAR\"/></r:purchaseValue>"
}

confirm() { send r:confirmCustomerReq '' "<r:idMethod xsi:type=\"b:VendIDMethod\">$(meter "$1")</r:idMethod>"; }
trial() { send r:trialCreditVendReq '' "$(sale "$1" "$2")"; }
vend() { send r:creditVendReq '' "$(sale "$1" "$2")"; }

# last_response MESSAGE-ID asks for what was answered to the request that had it.
last_response() { send b:adviceReq 'xsi:type="b:LastRespAdviceReq"' "<b:adviceReqMsgID $1/>"; }
