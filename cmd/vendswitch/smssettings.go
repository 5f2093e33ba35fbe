package main

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strings"

	"github.com/vendswitch/vendswitch/switch/channel/sms"
	"github.com/vendswitch/vendswitch/upstream/gateway"
	"github.com/vendswitch/vendswitch/xmlvend"
)

// SMSConfig is our account on an SMS gateway that takes messages as Kannel does, and
// where such gateways post the messages that they receive for us.
type SMSConfig struct {
	URL          string `toml:"url" env:"URL"` // of sendsms; empty: no SMS are sent
	User         string `toml:"user" env:"USER"`
	PasswordFile string `toml:"password_file" env:"PASSWORD_FILE"`
	From         string `toml:"from" env:"FROM"`               // our number or sender id; empty: the gateway's choice
	SMSC         string `toml:"smsc" env:"SMSC"`               // the gateway's route; empty: its choice
	Country      string `toml:"country" env:"COUNTRY"`         // calling code of numbers written without one; empty: 27
	Way          string `toml:"way" env:"WAY"`                 // query, headers or form: how a message travels to the gateway; empty: query
	ReceiptURL   string `toml:"receipt_url" env:"RECEIPT_URL"` // /sms/receipt of the inbound listener, as the gateway reaches it; empty: no receipts

	Inbound SMSInboundConfig `toml:"inbound" envPrefix:"INBOUND_"`
}

// SMSInboundConfig is where gateways post to.
type SMSInboundConfig struct {
	Listen     string   `toml:"listen" env:"LISTEN"` // empty: nowhere
	Plain      bool     `toml:"plain" env:"PLAIN"`   // plain HTTP where others can listen in
	User       string   `toml:"user" env:"USER"`     // of HTTP Basic; empty: gateway
	SecretFile string   `toml:"secret_file" env:"SECRET_FILE"`
	Networks   []string `toml:"networks" env:"NETWORKS"`       // that gateways post from; none: any
	BankNumber string   `toml:"bank_number" env:"BANK_NUMBER"` // that banks send to; empty: no SMS of banks are taken in
}

// check reports settings that contradict each other, without reading a file: a verb may
// run where the files are not.
func (c SMSConfig) check() error {
	var errs []error
	in := c.Inbound
	if c.URL == "" && (c.User != "" || c.PasswordFile != "" || c.From != "" || c.SMSC != "" || c.Way != "" || c.ReceiptURL != "") {
		errs = append(errs, errors.New("sms.url is empty: without it the other settings of sms send nothing"))
	}
	if c.URL != "" {
		if !isWebAddress(c.URL) || strings.ContainsAny(c.URL, "?#") {
			errs = append(errs, fmt.Errorf("sms.url must be a whole URL that ends with its path, such as http://127.0.0.1:13013/cgi-bin/sendsms"))
		}
		if c.User == "" || c.PasswordFile == "" {
			errs = append(errs, errors.New("sms.user and sms.password_file are needed where sms.url is set"))
		}
	}
	if c.ReceiptURL != "" && (!isWebAddress(c.ReceiptURL) || strings.ContainsAny(c.ReceiptURL, "?#%")) {
		errs = append(errs, errors.New("sms.receipt_url must be a whole URL that ends with its path, such as http://127.0.0.1:8482/sms/receipt"))
	}
	if c.ReceiptURL != "" && !strings.HasSuffix(strings.TrimSuffix(c.ReceiptURL, "/"), "/sms/receipt") {
		errs = append(errs, fmt.Errorf("sms.receipt_url is %q: it must end with /sms/receipt, for nothing else takes receipts in", c.ReceiptURL))
	}
	if c.ReceiptURL != "" && in.Listen == "" {
		errs = append(errs, errors.New("sms.receipt_url is set, but nothing listens there: set sms.inbound.listen"))
	}
	if c.Country != "" {
		if err := gateway.CheckCountry(c.Country); err != nil {
			errs = append(errs, fmt.Errorf("sms.country: %w", err))
		}
	}
	if c.Way != "" {
		if err := gateway.CheckWay(gateway.Way(c.Way)); err != nil {
			errs = append(errs, fmt.Errorf("sms.%w", err))
		}
	}
	return errors.Join(append(errs, in.check(c.Country))...)
}

func (c SMSInboundConfig) check(country string) error {
	if c.Listen == "" {
		if c.SecretFile != "" || c.BankNumber != "" || c.User != "" || len(c.Networks) > 0 || c.Plain {
			return errors.New("sms.inbound.listen is empty: without it the other settings of sms.inbound take in nothing")
		}
		return nil
	}
	var errs []error
	if c.SecretFile == "" {
		errs = append(errs, fmt.Errorf("sms.inbound.secret_file is missing: it holds what gateways show, at least %d characters", sms.MinSecret))
	}
	if _, err := c.networks(); err != nil {
		errs = append(errs, err)
	}
	if _, err := c.numbers(country); err != nil {
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// mayListen refuses to take in the messages of banks, and the secret, in the clear where
// others can listen in, unless the settings say so.
func (c SMSInboundConfig) mayListen() error {
	if c.Listen == "" || c.Plain {
		return nil
	}
	address, err := net.ResolveTCPAddr("tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("sms.inbound.listen: %w", err)
	}
	if address.IP.IsLoopback() {
		return nil
	}
	return fmt.Errorf("sms.inbound.listen is %s, which others can reach: the secret and the messages would travel in the clear. "+
		"Have it listen on a loopback address behind something that does TLS, or, if that is on another machine, set sms.inbound.plain = true", c.Listen)
}

func (c SMSInboundConfig) networks() ([]netip.Prefix, error) {
	var networks []netip.Prefix
	for _, text := range c.Networks {
		network, err := netip.ParsePrefix(text)
		if err != nil {
			address, single := netip.ParseAddr(text)
			if single != nil {
				return nil, fmt.Errorf("sms.inbound.networks: %q is no network, such as 192.0.2.0/24, and no address", text)
			}
			network = netip.PrefixFrom(address, address.BitLen())
		}
		networks = append(networks, network.Masked())
	}
	return networks, nil
}

// numbers are the bank's number in the forms that gateways have: as it is set, and, if
// it is a telephone number rather than a short code, in both usual ones.
func (c SMSInboundConfig) numbers(country string) ([]string, error) {
	if c.BankNumber == "" {
		return nil, nil
	}
	digits := strings.TrimPrefix(strings.ReplaceAll(c.BankNumber, " ", ""), "+")
	const shortest, longestCode = 3, 7
	if digits == "" || strings.Trim(digits, "0123456789") != "" || len(digits) < shortest {
		return nil, fmt.Errorf("sms.inbound.bank_number is %q: it must be the number or short code that banks send to", c.BankNumber)
	}
	if len(digits) <= longestCode {
		return []string{digits}, nil
	}
	country = cmp.Or(country, gateway.DefaultCountry)
	whole, err := gateway.MSISDN(c.BankNumber, country)
	if err != nil {
		return nil, fmt.Errorf("sms.inbound.bank_number: %w", err)
	}
	numbers := []string{whole}
	if national, ours := strings.CutPrefix(whole, country); ours {
		numbers = append(numbers, "0"+national)
	}
	return numbers, nil
}

// sender returns what sends SMS, nil if none are sent.
func (c SMSConfig) sender() (*gateway.SMS, error) {
	if c.URL == "" {
		return nil, nil
	}
	password, err := readSecret("sms.password_file", c.PasswordFile)
	if err != nil {
		return nil, err
	}
	g := gateway.SMSConfig{URL: c.URL, User: c.User, Password: password, From: c.From, SMSC: c.SMSC, Country: c.Country, Way: gateway.Way(c.Way)}
	if c.ReceiptURL != "" {
		secret, err := readSecret("sms.inbound.secret_file", c.Inbound.SecretFile)
		if err != nil {
			return nil, err
		}
		g.ReceiptURL = xmlvend.Secret(strings.TrimSuffix(c.ReceiptURL, "/") + "/" + secret.Reveal())
	}
	sender, err := gateway.NewSMS(g)
	if err != nil {
		return nil, fmt.Errorf("settings of sms: %w", err)
	}
	return sender, nil
}

// smsHandlers are those whom messages and receipts are for. Each may be nil.
type smsHandlers struct {
	bank     sms.Handler
	commands sms.Handler
	receipts sms.ReceiptHandler
}

// endpoint returns what gateways post to, nil if nothing listens. What is sent to the
// bank's number goes to its handler; without a bank_number there is none.
func (c SMSConfig) endpoint(to smsHandlers, log *slog.Logger) (*sms.Endpoint, error) {
	in := c.Inbound
	if in.Listen == "" {
		return nil, nil
	}
	secret, err := readSecret("sms.inbound.secret_file", in.SecretFile)
	if err != nil {
		return nil, err
	}
	networks, err := in.networks()
	if err != nil {
		return nil, err
	}
	numbers, err := in.numbers(c.Country)
	if err != nil {
		return nil, err
	}
	if len(numbers) == 0 {
		to.bank = nil
	}
	endpoint, err := sms.New(sms.Config{User: in.User, Secret: secret, Networks: networks, BankNumbers: numbers,
		Bank: to.bank, Commands: to.commands, Receipts: to.receipts, Log: log})
	if err != nil {
		return nil, fmt.Errorf("settings of sms.inbound: %w", err)
	}
	return endpoint, nil
}

// readSecret reads the file that a setting names. See xmlvend.ReadSecret.
func readSecret(setting, name string) (xmlvend.Secret, error) {
	secret, err := xmlvend.ReadSecret(name)
	if err != nil {
		return "", fmt.Errorf("%s: %w", setting, err)
	}
	return secret, nil
}
