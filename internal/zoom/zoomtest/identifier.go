package zoomtest

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/binary"
)

// Things that have an identifier.
const (
	idUser byte = iota + 1
	idPhoneUser
	idExtension
	idSite
	idNumber
	idDevice
	idGrant
	idCommonArea
	idOther
)

// minter makes Zoom's identifiers: 16 bytes in 22 characters of base64url. They are enciphered positions, so that any
// id leads back to its user and a million of them take no memory.
type minter struct{ block cipher.Block }

func newMinter(seed uint64) minter {
	var key [16]byte
	binary.BigEndian.PutUint64(key[:], seed)
	block, _ := aes.NewCipher(key[:]) // the key has a legal length
	return minter{block}
}

// id is the identifier of thing n of user index. Every sixteenth user id starts with "-", as some of Zoom's do.
func (m minter) id(kind byte, index, n int) string {
	var plain, sealed [aes.BlockSize]byte
	plain[0] = kind
	binary.BigEndian.PutUint32(plain[1:], uint32(index)) //nolint:gosec // an account has fewer users
	binary.BigEndian.PutUint32(plain[5:], uint32(n))     //nolint:gosec // and a user fewer things
	for salt := uint32(0); ; salt++ {
		binary.BigEndian.PutUint32(plain[9:], salt)
		m.block.Encrypt(sealed[:], plain[:])
		if kind != idUser || index%16 != 3 || sealed[0]>>2 == 62 {
			return base64.RawURLEncoding.EncodeToString(sealed[:])
		}
	}
}

// position finds what id was made of; ok is false for an id of another kind or of another account.
func (m minter) position(kind byte, id string) (index int, ok bool) {
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(id)
	if err != nil || len(sealed) != aes.BlockSize {
		return 0, false
	}
	var plain [aes.BlockSize]byte
	m.block.Decrypt(plain[:], sealed)
	index, n := int(binary.BigEndian.Uint32(plain[1:])), int(binary.BigEndian.Uint32(plain[5:]))
	return index, plain[0] == kind && m.id(kind, index, n) == id
}
