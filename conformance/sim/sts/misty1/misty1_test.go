package misty1_test

import (
	"encoding/hex"
	"testing"

	"pgregory.net/rapid"

	"github.com/vendswitch/vendswitch/conformance/sim/sts/misty1"
)

func TestTheBlocksOfRFC2994EncryptAndDecryptAsPublished(t *testing.T) {
	var key [misty1.KeySize]byte
	copy(key[:], decode(t, "00112233445566778899aabbccddeeff"))
	cipher := misty1.New(key)
	for plain, sealed := range map[string]string{
		"0123456789abcdef": "8b1da5f56ab3d07c",
		"fedcba9876543210": "04b68240b13be95d",
	} {
		got := make([]byte, misty1.BlockSize)
		cipher.Encrypt(got, decode(t, plain))
		if hex.EncodeToString(got) != sealed {
			t.Errorf("Encrypt(%s) = %x, want %s", plain, got, sealed)
		}
		cipher.Decrypt(got, decode(t, sealed))
		if hex.EncodeToString(got) != plain {
			t.Errorf("Decrypt(%s) = %x, want %s", sealed, got, plain)
		}
	}
}

func TestDecryptUndoesEncryptInPlaceForEveryKeyAndBlock(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var key [misty1.KeySize]byte
		copy(key[:], rapid.SliceOfN(rapid.Byte(), misty1.KeySize, misty1.KeySize).Draw(t, "key"))
		plain := rapid.SliceOfN(rapid.Byte(), misty1.BlockSize, misty1.BlockSize).Draw(t, "plain")
		cipher := misty1.New(key)

		block := append([]byte(nil), plain...)
		cipher.Encrypt(block, block)
		if string(block) == string(plain) {
			t.Fatalf("the block %x was left as it was", plain)
		}
		cipher.Decrypt(block, block)
		if string(block) != string(plain) {
			t.Fatalf("decrypted %x, want %x", block, plain)
		}
	})
}

func TestItIsABlockCipherOfEightBytes(t *testing.T) {
	if got := misty1.New([misty1.KeySize]byte{}).BlockSize(); got != 8 {
		t.Errorf("BlockSize() = %d, want 8", got)
	}
}

func decode(t *testing.T, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
