package mkpapi

import (
	"math/bits"
	"strconv"
	"strings"

	"dossier/remote/sandbox/store"
)

// rootID is what the root is called outside the API, which has no name for it.
const rootID = "root"

// prefixes of the ids of items.
var prefixes = map[store.Kind]string{store.Folder: "fsd_", store.File: "fsf_"}

// codeLength is that of the longest number in base 36.
const codeLength = 13

// ShowID writes an id as the portal does: opaque, but made from the store's id alone, so that it survives everything.
func (a *API) ShowID(id store.ID, kind store.Kind) string {
	if id == a.Root() {
		return rootID
	}
	code := strconv.FormatUint(scramble(uint64(id)), 36)
	return prefixes[kind] + strings.Repeat("0", codeLength-len(code)) + code
}

// ReadID reads what ShowID wrote; 0: it is none.
func (a *API) ReadID(text string) store.ID {
	if text == rootID {
		return a.Root()
	}
	id, _ := a.readID(text)
	return id
}

// readID reads the id of an item as a client sends it, and the kind that it claims.
func (a *API) readID(text string) (store.ID, store.Kind) {
	for kind, prefix := range prefixes {
		code, ok := strings.CutPrefix(text, prefix)
		if n, err := strconv.ParseUint(code, 36, 64); ok && err == nil {
			if id := store.ID(unscramble(n)); a.ShowID(id, kind) == text {
				return id, kind
			}
		}
	}
	return 0, 0
}

// mixer is odd, so that it has an inverse modulo 2⁶⁴.
const mixer uint64 = 0x9e3779b97f4a7c15

// scramble maps numbers to numbers, one to one, so that neighbours are far apart. Its halves are each their own inverse but for the
// product in the middle.
func scramble(n uint64) uint64 { return bits.ReverseBytes64(n*mixer) ^ mixer }

func unscramble(n uint64) uint64 { return bits.ReverseBytes64(n^mixer) * inverse(mixer) }

// inverse of an odd number modulo 2⁶⁴, by Newton: each step doubles the number of right bits, of which n itself has three.
func inverse(n uint64) uint64 {
	x := n
	for range 5 {
		x *= 2 - n*x
	}
	return x
}
