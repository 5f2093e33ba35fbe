package xmlvend

import (
	"strings"

	"github.com/vendswitch/vendswitch/schemas"
)

// Token is what the customer keys in: an [STS1Token] or a [KCToken].
type Token interface{ token() }

// STS1Token is one token of 20 digits, never grouped on the wire. Twenty zeros
// are the worthless token of a trial.
type STS1Token struct{ Cipher Secret }

// KCToken is a key change in two tokens, to be keyed in before any credit token.
type KCToken struct {
	Set1stMeterKey STS1Token
	Set2ndMeterKey STS1Token
}

func (STS1Token) token() {}
func (KCToken) token()   {}

// TokenIssue is what every token issued for a meter comes with
// (MeterSpecificTokenIssue).
type TokenIssue struct {
	Desc        string // at most 160 characters
	MeterDetail MeterDetail
	Token       Token
}

// CreditKind is the schema type of a credit token's issue.
type CreditKind string

// The kinds of credit token.
const (
	CreditToken     CreditKind = "CreditTokenIssue"   // any
	SaleCreditToken CreditKind = "SaleCredTokenIssue" // normal sale
	FBECreditToken  CreditKind = "FBECredTokenIssue"  // free basic electricity
	FreeCreditToken CreditKind = "FreeCredTokenIssue" // free issue
	MCTCreditToken  CreditKind = "MCTCredTokenIssue"  // meter credit transfer
)

// CreditTokenIssue is a credit token and what it is worth.
type CreditTokenIssue struct {
	TokenIssue
	Kind     CreditKind
	Units    Units
	Resource Resource
}

// KCTokenIssue is a key change token; its MeterDetail holds the new keys.
type KCTokenIssue struct {
	TokenIssue
	KCTData     KCTData
	PwrLmtToken *PwrLmtTokenIssue // optional
}

// PwrLmtTokenIssue is a token that sets a power limit.
type PwrLmtTokenIssue struct {
	TokenIssue
	PwrLmt PwrLmt
}

// NonMeterTokenIssue is a token that works in any meter of a type
// (NonMeterSpecificTokenIssue).
type NonMeterTokenIssue struct {
	Desc      string
	MeterType MeterType
	Token     Token
}

// TokenClass says what a decoded token does; exactly one part is set.
type TokenClass struct {
	Credit             string // a CreditTokenSubClassType: "Electricity Token"
	NonMeterManagement string // a NonMeterSpecificEng: "TestDisp"
	MeterManagement    string // a MeterSpecificEng: "ClearTamper"
}

// TokenInfo is a decoded token (STS1TokenInfo).
type TokenInfo struct {
	TokenID     Decimal
	TransferAmt Decimal
	Class       TokenClass
}

// token reads an element declared as Token, which is abstract.
func (d *decoder) token(n ref) Token {
	if n == none {
		return nil
	}
	kind := d.kind(n, schemas.NSBase, "")
	if kind == "" && d.child(n, "set1stMeterKey") != none {
		kind = "KCToken"
	}
	c := d.seq(n)
	defer c.done()
	switch kind {
	case "KCToken":
		return KCToken{
			Set1stMeterKey: d.sts1Token(c.one(base("set1stMeterKey"))),
			Set2ndMeterKey: d.sts1Token(c.one(base("set2ndMeterKey"))),
		}
	case "STS1Token":
	default:
		d.alien(n)
	}
	return STS1Token{Cipher: d.cipher(c.one(base("stsCipher")))}
}

// sts1Token reads an element declared as STS1Token.
func (d *decoder) sts1Token(n ref) STS1Token {
	c := d.seq(n)
	t := STS1Token{Cipher: d.cipher(c.one(base("stsCipher")))}
	c.done()
	return t
}

// cipher reads a token's digits; a server may group them, against the schema.
func (d *decoder) cipher(n ref) Secret {
	s := d.str(n)
	if d.lenient {
		s = strings.Join(strings.Fields(s), "")
	}
	return Secret(s)
}

func (e *encoder) token(name string, t Token) {
	e.start(name)
	switch t := t.(type) {
	case STS1Token:
		e.baseType("STS1Token")
		e.leaf("b:stsCipher", t.Cipher.Reveal())
	case KCToken:
		e.baseType("KCToken")
		e.sts1Token("b:set1stMeterKey", t.Set1stMeterKey)
		e.sts1Token("b:set2ndMeterKey", t.Set2ndMeterKey)
	}
	e.end(name)
}

func (e *encoder) sts1Token(name string, t STS1Token) {
	e.start(name)
	e.leaf("b:stsCipher", t.Cipher.Reveal())
	e.end(name)
}

func (d *decoder) tokenIssue(c *cursor) TokenIssue {
	return TokenIssue{
		Desc:        d.str(c.one(base("desc"))),
		MeterDetail: d.meterDetail(c.one(base("meterDetail"))),
		Token:       d.token(c.one(base("token"))),
	}
}

func (e *encoder) tokenIssue(t *TokenIssue) {
	e.msg("b:desc", t.Desc)
	e.meterDetail("b:meterDetail", t.MeterDetail)
	e.token("b:token", t.Token)
}

// creditTokenIssue reads an element declared as CreditTokenIssue.
func (d *decoder) creditTokenIssue(n ref) CreditTokenIssue {
	kind := CreditKind(d.kind(n, schemas.NSBase, string(CreditToken)))
	switch kind {
	case CreditToken, SaleCreditToken, FBECreditToken, FreeCreditToken, MCTCreditToken:
	default:
		d.alien(n)
		kind = CreditToken
	}
	c := d.seq(n)
	t := CreditTokenIssue{
		Kind:       kind,
		TokenIssue: d.tokenIssue(&c),
		Units:      d.units(c.one(base("units"))),
		Resource:   d.resource(c.one(base("resource"))),
	}
	c.done()
	return t
}

func (e *encoder) creditTokenIssue(name string, t *CreditTokenIssue) {
	e.start(name)
	if t.Kind != CreditToken && t.Kind != "" {
		e.baseType(string(t.Kind))
	}
	e.tokenIssue(&t.TokenIssue)
	e.units("b:units", t.Units)
	e.resource("b:resource", t.Resource)
	e.end(name)
}

// kcTokenIssue reads an element declared as KCTokenIssue.
func (d *decoder) kcTokenIssue(n ref) KCTokenIssue {
	c := d.seq(n)
	t := KCTokenIssue{TokenIssue: d.tokenIssue(&c), KCTData: d.kctData(c.one(base("kctData")))}
	if n := c.opt(base("pwrLmtToken")); n != none {
		c := d.seq(n)
		t.PwrLmtToken = &PwrLmtTokenIssue{TokenIssue: d.tokenIssue(&c), PwrLmt: d.pwrLmt(c.one(base("pwrLmt")))}
		c.done()
	}
	c.done()
	return t
}

func (e *encoder) kcTokenIssue(name string, t *KCTokenIssue) {
	e.start(name)
	e.tokenIssue(&t.TokenIssue)
	e.kctData("b:kctData", t.KCTData)
	if p := t.PwrLmtToken; p != nil {
		e.start("b:pwrLmtToken")
		e.tokenIssue(&p.TokenIssue)
		e.pwrLmt("b:pwrLmt", p.PwrLmt)
		e.end("b:pwrLmtToken")
	}
	e.end(name)
}

// tokenInfo reads an element declared as TokenInfo, which is abstract.
func (d *decoder) tokenInfo(n ref) TokenInfo {
	if d.kind(n, schemas.NSBase, "") != "STS1TokenInfo" {
		d.alien(n)
	}
	c := d.seq(n)
	var t TokenInfo
	id := c.one(base("tokenID"))
	t.TokenID = d.decimal(id, d.str(id))
	amt := c.one(base("transferAmt"))
	t.TransferAmt = d.decimal(amt, d.str(amt))
	class := d.seq(c.one(base("tokenClass")))
	t.Class.Credit = d.str(class.opt(base("credit")))
	t.Class.NonMeterManagement = d.str(class.opt(base("nonMeterManagement")))
	t.Class.MeterManagement = d.str(class.opt(base("meterManagement")))
	class.done()
	c.done()
	return t
}

func (e *encoder) tokenInfo(name string, t TokenInfo) {
	e.start(name)
	e.baseType("STS1TokenInfo")
	e.leaf("b:tokenID", e.decimal(t.TokenID))
	e.leaf("b:transferAmt", e.decimal(t.TransferAmt))
	e.start("b:tokenClass")
	e.leafOpt("b:credit", t.Class.Credit)
	e.leafOpt("b:nonMeterManagement", t.Class.NonMeterManagement)
	e.leafOpt("b:meterManagement", t.Class.MeterManagement)
	e.end("b:tokenClass")
	e.end(name)
}
