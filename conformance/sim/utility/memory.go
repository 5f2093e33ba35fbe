package utility

import "github.com/vendswitch/vendswitch/xmlvend"

// messageKey identifies a request across the system: 000412 is 412.
type messageKey struct {
	client   string
	dateTime string
	number   int
}

func keyOf(client xmlvend.DeviceID, id xmlvend.MsgID) messageKey {
	return messageKey{client: client.ID, dateTime: id.DateTime, number: id.Number()}
}

// outcome is what the utility remembers of a request that binds. response is nil
// while the request is being processed, then the whole answer, whether or not it was
// ever received.
type outcome struct {
	asked     xmlvend.QName // the element of the request
	response  xmlvend.Response
	cancelled bool // a sale that was cancelled after all
}

// stands reports whether what was asked was done and has not been cancelled.
func (o *outcome) stands() bool {
	_, refused := o.response.(*xmlvend.FaultResp)
	return !refused && !o.cancelled
}
