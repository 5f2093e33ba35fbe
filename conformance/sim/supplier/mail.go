package supplier

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ProtonMail/gopenpgp/v3/armor"
	"github.com/ProtonMail/gopenpgp/v3/constants"
	"github.com/ProtonMail/gopenpgp/v3/crypto"
)

// Seal encrypts a file to a customer's public key and signs it, and returns the
// armoured PGP message.
func (s *Supplier) Seal(file []byte, customer string, faults ...Fault) (string, error) {
	recipient, err := crypto.NewKeyFromArmored(customer)
	if err != nil {
		return "", fmt.Errorf("the customer's key: %w", err)
	}
	now := s.config.Now().Unix()
	builder := crypto.PGP().Encryption().Recipient(recipient).Compress().SignTime(now).EncryptionTime(now)
	switch {
	case slices.Contains(faults, Unsigned):
	case slices.Contains(faults, WrongSigner):
		builder = builder.SigningKey(s.thief)
	default:
		builder = builder.SigningKey(s.key)
	}
	handle, err := builder.New()
	if err != nil {
		return "", fmt.Errorf("encrypting the delivery: %w", err)
	}
	sealed, err := handle.Encrypt(file)
	if err != nil {
		return "", fmt.Errorf("encrypting the delivery: %w", err)
	}
	message := bytes.Clone(sealed.Bytes())
	if slices.Contains(faults, Altered) {
		message[len(message)-40] ^= 1
	}
	if slices.Contains(faults, Truncated) {
		message = message[:len(message)/2]
	}
	armoured, err := armor.ArmorWithType(message, constants.PGPMessageHeader)
	if err != nil {
		return "", fmt.Errorf("armouring the delivery: %w", err)
	}
	return armoured, nil
}

// Mail makes a mail of a delivery, in the manner of PGP/MIME (RFC 3156): what is
// encrypted is a letter with the file attached. Each has a Message-ID of its own. The
// bytes are those of RFC 5322, with CR LF.
func (s *Supplier) Mail(d Delivery, to, customer string, faults ...Fault) ([]byte, error) {
	name := strings.ToLower(s.config.Code+"-"+d.Batch) + ".txt"
	var part bytes.Buffer
	part.Grow(len(d.File) + 1024)
	fmt.Fprintf(&part, "Content-Type: multipart/mixed; boundary=\"inside\"\r\n\r\n"+
		"--inside\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nPlease find your order attached.\r\n\r\n"+
		"--inside\r\nContent-Type: text/plain; charset=utf-8; name=%q\r\nContent-Transfer-Encoding: 7bit\r\n"+
		"Content-Disposition: attachment; filename=%q\r\n\r\n", name, name)
	part.Write(d.File)
	part.WriteString("\r\n--inside--\r\n")
	armoured, err := s.Seal(part.Bytes(), customer, faults...)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.mails++
	number := s.mails
	s.mu.Unlock()
	now := s.config.Now()
	_, host, _ := strings.Cut(s.config.Address, "@")
	text := fmt.Sprintf("From: %s <%s>\nTo: <%s>\nSubject: Stock %s\nDate: %s\nMessage-ID: <%d.%d@%s>\nMIME-Version: 1.0\n"+
		"Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=\"envelope\"\n\n"+
		"--envelope\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n\n"+
		"--envelope\nContent-Type: application/octet-stream; name=\"encrypted.asc\"\n\n%s\n\n--envelope--\n",
		s.config.Name, s.config.Address, to, d.Batch, now.Format(time.RFC1123Z), now.UnixNano(), number, host, strings.TrimSpace(armoured))
	return []byte(strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\n", "\r\n")), nil
}
