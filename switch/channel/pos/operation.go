package pos

import (
	"context"
	"reflect"
	"strings"
	"unicode"

	vending "github.com/vendswitch/vendswitch/switch"
	"github.com/vendswitch/vendswitch/xmlvend"
)

// operation serves requests of one type.
type operation struct {
	name  string // in the journal, in metrics, and in a client's rights
	serve func(*exchange, context.Context, xmlvend.Request) (xmlvend.Response, error)
}

// operations by the Go type of their request. Filled by the file of each
// operation while the package is initialised, and only read afterwards.
var operations = map[reflect.Type]operation{}

// offer adds an operation: requests of type R are answered by serve.
func offer[R xmlvend.Request](name string, serve func(*exchange, context.Context, R) (xmlvend.Response, error)) {
	operations[reflect.TypeFor[R]()] = operation{
		name: name,
		serve: func(x *exchange, ctx context.Context, m xmlvend.Request) (xmlvend.Response, error) {
			return serve(x, ctx, m.(R))
		},
	}
}

// operationOf finds the operation for a request. One that is not offered is
// refused under its own name, after authentication as any other.
func operationOf(m xmlvend.Request) operation {
	if op, ok := operations[reflect.TypeOf(m)]; ok {
		if eng, is := m.(*xmlvend.MeterSpecificEngReq); is && eng.Kind == xmlvend.EngKeyChange {
			op.name = vending.EngineeringKeyChange
		}
		return op
	}
	name := []rune(strings.TrimSuffix(m.Type().Local, "Req"))
	name[0] = unicode.ToLower(name[0])
	return operation{name: string(name), serve: notOffered}
}

func notOffered(x *exchange, ctx context.Context, _ xmlvend.Request) (xmlvend.Response, error) {
	return nil, x.sells.RefuseLookup(ctx, x.caller, x.request, "", unsupported(x.operation.name))
}
