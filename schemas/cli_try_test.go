package schemas_test
import ("testing";"os";"fmt";"path/filepath"
"github.com/vendswitch/vendswitch/schemas")
func TestTry(t *testing.T){
 v,err:=schemas.Default(); if err!=nil {t.Fatal(err)}
 fmt.Println(schemas.LibxmlVersion(), schemas.Names())
 fs,_:=filepath.Glob("testdata/samples/*.xml"); g,_:=filepath.Glob("testdata/samples/invalid/*.xml")
 for _,f:=range append(fs,g...) { b,_:=os.ReadFile(f); err:=v.Validate(b); if err!=nil {fmt.Println(f); for _,x:=range err.(*schemas.Invalid).Violations {fmt.Println("    ",err.(*schemas.Invalid).Kind,x.Code,x)}} }
}
func BenchmarkTry(b *testing.B){
 v,_:=schemas.Default(); d,_:=os.ReadFile("testdata/samples/req-credit-vend-generic.xml"); b.ReportAllocs(); b.SetBytes(int64(len(d)))
 for b.Loop(){ if err:=v.Validate(d); err!=nil {b.Fatal(err)}}
}
