package demo

import (
	"fmt"
	"math/big"
	"strings"
)

// String writes an amount the way XML and CSV want it: 1234.50.
func (c cents) String() string {
	sign := ""
	if c < 0 {
		sign, c = "-", -c
	}
	return fmt.Sprintf("%s%d.%02d", sign, c/100, c%100)
}

// part is rate percent of an amount, rounded half up to the cent. The amount is not negative.
func (c cents) part(rate int) cents { return (c*cents(rate) + 50) / 100 }

// iban writes an account number with its check digits (ISO 13616).
func iban(country, bank, account string) string {
	rest := bank + account
	return fmt.Sprintf("%s%02d%s", country, 98-mod97(rest+country+"00"), rest)
}

// mod97 is the remainder of a string of digits and capital letters, in which A counts as 10 and Z as 35.
func mod97(s string) int64 {
	var digits strings.Builder
	for _, r := range s {
		if r >= 'A' {
			fmt.Fprint(&digits, r-'A'+10)
		} else {
			digits.WriteRune(r)
		}
	}
	n, _ := new(big.Int).SetString(digits.String(), 10)
	return n.Mod(n, big.NewInt(97)).Int64()
}
