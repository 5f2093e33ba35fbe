package supplier

// Fault is something that a supplier does wrong with one delivery.
type Fault string

// Faults of a file, for Delivery.
const (
	Repeat     Fault = "repeat"      // the last file once more, as it was
	BadLine    Fault = "bad line"    // in the PIN in the middle of the file a letter is where a digit should be
	TenColumns Fault = "ten columns" // serial, PIN, and then a small number, as some data products have
	Expired    Fault = "expired"     // the vouchers expired yesterday
	WrongCount Fault = "wrong count" // the trailer counts one more
	WrongSum   Fault = "wrong sum"   // the trailer's sum is a cent more
)

// Faults of an envelope, for Seal and Mail.
const (
	Unsigned    Fault = "unsigned"
	WrongSigner Fault = "wrong signer" // signed with a key that has the supplier's name and is not his
	Truncated   Fault = "truncated"    // the second half of the PGP message is missing
	Altered     Fault = "altered"      // a bit of the PGP message is another
)
