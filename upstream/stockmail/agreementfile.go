package stockmail

// An agreement as its file has it. docs/suppliers.md explains each key.
type agreementFile struct {
	Code     string        `toml:"code"`
	Name     string        `toml:"name"`
	Address  string        `toml:"address,omitempty"`
	TaxRef   string        `toml:"tax_ref,omitempty"`
	VAT      decimal       `toml:"vat"`
	Mail     string        `toml:"mail,omitempty"`
	PGPKey   string        `toml:"pgp_key,omitempty"`
	Unsigned bool          `toml:"unsigned"`
	Product  []productFile `toml:"product"`
	Order    *orderFile    `toml:"order,omitempty"`
	File     formFile      `toml:"file"`
	Layout   []layoutFile  `toml:"layout"`
}

type productFile struct {
	Ours          string  `toml:"ours"`
	Theirs        string  `toml:"theirs,omitempty"`
	Face          decimal `toml:"face"`
	Cost          decimal `toml:"cost"`
	Currency      string  `toml:"currency"`
	Commission    decimal `toml:"commission"`
	Layout        string  `toml:"layout,omitempty"`
	LeadDays      *int    `toml:"lead_days"`
	SafetyDays    *int    `toml:"safety_days"`
	OrderMultiple int     `toml:"order_multiple"`
	OrderMinimum  int     `toml:"order_minimum"`
}

type orderFile struct {
	Mail    string `toml:"mail"`
	Format  string `toml:"format"`
	Encrypt bool   `toml:"encrypt"`
}

// formFile is what all lines of a supplier's files have in common.
type formFile struct {
	Delimiter   string            `toml:"delimiter,omitempty"`
	Fixed       bool              `toml:"fixed,omitempty"`
	Quotes      bool              `toml:"quotes,omitempty"`
	Amounts     string            `toml:"amounts"`
	Heading     []string          `toml:"heading,omitempty"`
	Comment     string            `toml:"comment,omitempty"`
	Fields      map[string]string `toml:"fields,omitempty"`
	ManyBatches bool              `toml:"many_batches,omitempty"`
	Header      []controlFile     `toml:"header,omitempty"`
	Trailer     []controlFile     `toml:"trailer,omitempty"`
}

type controlFile struct {
	Columns  []string `toml:"columns"`
	Optional bool     `toml:"optional,omitempty"`
}

type layoutFile struct {
	Name             string   `toml:"name"`
	Columns          []string `toml:"columns"`
	Date             string   `toml:"date,omitempty"`
	NoExpiry         *string  `toml:"no_expiry,omitempty"`
	ExpiresInDays    int      `toml:"expires_in_days,omitempty"`
	LatestYear       int      `toml:"latest_year,omitempty"`
	PINLength        string   `toml:"pin_length"`
	PINCharacters    string   `toml:"pin_characters"`
	SerialLength     string   `toml:"serial_length"`
	SerialCharacters string   `toml:"serial_characters"`
}
