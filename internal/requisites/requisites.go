// Package requisites knows the shape and the check digits of Russian payment requisites.
// It does not know whose they are, nor whether the tax service or the bank has them on its books.
package requisites

import (
	"errors"
	"fmt"
	"strings"
)

// ErrInvalid is wrapped by every error of this package. The errors say what is wrong and never repeat the number:
// requisites are not for logs.
var ErrInvalid = errors.New("invalid")

var (
	weightsINN10 = []int{2, 4, 10, 3, 5, 9, 4, 6, 8}
	weightsINN11 = []int{7, 2, 4, 10, 3, 5, 9, 4, 6, 8}
	weightsINN12 = []int{3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8}
)

// CheckINN checks a taxpayer's number: 10 digits of a company or 12 of a person (also a sole proprietor).
// One wrong digit is always caught unless a check digit is 0, which stands for two remainders.
func CheckINN(inn string) error {
	if err := digits("INN", inn, 10, 12); err != nil {
		return err
	}
	if strings.HasPrefix(inn, "00") {
		return invalid("INN: no tax office 00")
	}
	ok := len(inn) == 10 && innDigit(inn, weightsINN10) == inn[9] ||
		len(inn) == 12 && innDigit(inn, weightsINN11) == inn[10] && innDigit(inn, weightsINN12) == inn[11]
	if !ok {
		return invalid("INN: wrong check digit")
	}
	return nil
}

// CheckKPP checks the shape of a reason code: 9 digits, as the bank's documents take it. It has no check digit.
func CheckKPP(kpp string) error {
	if err := digits("KPP", kpp, 9); err != nil {
		return err
	}
	if strings.HasPrefix(kpp, "00") {
		return invalid("KPP: no tax office 00")
	}
	return nil
}

// CheckBIC checks the shape of a bank's code: 04 and 7 digits. It has no check digit.
func CheckBIC(bic string) error {
	if err := digits("BIC", bic, 9); err != nil {
		return err
	}
	if !strings.HasPrefix(bic, "04") {
		return invalid("BIC: must start with 04")
	}
	return nil
}

// CheckAccount checks a settlement account of 20 digits against the BIC of the bank that keeps it:
// the key of the Bank of Russia (order of 08.09.1997 № 515).
func CheckAccount(account, bic string) error {
	if err := CheckBIC(bic); err != nil {
		return err
	}
	if err := digits("account", account, 20); err != nil {
		return err
	}
	prefix := bic[6:]
	if prefix == "000" || prefix == "001" || prefix == "002" { // kept by the Bank of Russia itself
		prefix = bankOfRussiaPrefix(bic)
	}
	if !keyFits(prefix + account) {
		return invalid("account: wrong check digit, or it belongs to a bank with another BIC")
	}
	return nil
}

// CheckCorrAccount checks a bank's correspondent account (301…, kept by the Bank of Russia) against the bank's BIC.
func CheckCorrAccount(account, bic string) error {
	if err := CheckBIC(bic); err != nil {
		return err
	}
	if err := digits("correspondent account", account, 20); err != nil {
		return err
	}
	if !strings.HasPrefix(account, "301") {
		return invalid("correspondent account: must start with 301")
	}
	if !keyFits(bankOfRussiaPrefix(bic) + account) {
		return invalid("correspondent account: wrong check digit, or it belongs to a bank with another BIC")
	}
	return nil
}

// bankOfRussiaPrefix is "0" and digits 5–6 of the BIC: what the key takes for accounts kept by the Bank of Russia.
func bankOfRussiaPrefix(bic string) string { return "0" + bic[4:6] }

// keyFits tells whether the 23 digits weighed 7, 1, 3, 7, 1, 3… add up to a multiple of ten.
func keyFits(s string) bool {
	sum := 0
	for i := range len(s) {
		sum += int(s[i]-'0') * [...]int{7, 1, 3}[i%3]
	}
	return sum%10 == 0
}

func innDigit(inn string, weights []int) byte {
	sum := 0
	for i, w := range weights {
		sum += int(inn[i]-'0') * w
	}
	return byte('0' + sum%11%10)
}

func digits(what, s string, lengths ...int) error {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return invalid(what + ": only digits are allowed")
		}
	}
	var want []string
	for _, n := range lengths {
		if len(s) == n {
			return nil
		}
		want = append(want, fmt.Sprint(n))
	}
	return invalid(fmt.Sprintf("%s: %d digits, must be %s", what, len(s), strings.Join(want, " or ")))
}

func invalid(reason string) error { return fmt.Errorf("%s: %w", reason, ErrInvalid) }
