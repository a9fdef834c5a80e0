package bankemu

import (
	"regexp"
	"strconv"
)

var (
	reDigits10 = regexp.MustCompile(`^[0-9]{1,10}$`)
	reUUID     = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)
	reINN      = regexp.MustCompile(`^([0-9]{5}|[0-9]{10}|[0-9]{12}|0)$`)
	reKPP      = regexp.MustCompile(`^([0-9]{9}|0)$`)
	reBIC      = regexp.MustCompile(`^[0-9]{9}$`)
	reAccount  = regexp.MustCompile(`^[0-9]{20}$`)
)

// weighted is the sum of digits times weights; ok is false when s has other lengths or other characters.
func weighted(s string, weights []int) (sum int, ok bool) {
	if len(s) != len(weights) {
		return 0, false
	}
	for i, r := range s {
		if r < '0' || r > '9' {
			return 0, false
		}
		sum += int(r-'0') * weights[i]
	}
	return sum, true
}

// validINN verifies the check digits of a company's (10) or a person's (12 digits) INN.
func validINN(inn string) bool {
	digit := func(prefix int, weights ...int) bool {
		sum, ok := weighted(inn[:prefix], weights)
		return ok && inn[prefix] == byte('0'+sum%11%10)
	}
	switch len(inn) {
	case 10:
		return digit(9, 2, 4, 10, 3, 5, 9, 4, 6, 8)
	case 12:
		return digit(10, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8) && digit(11, 3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)
	}
	return false
}

// validOGRN verifies the check digit of a company's (13) or a sole trader's (15 digits) OGRN.
func validOGRN(ogrn string) bool {
	if len(ogrn) != 13 && len(ogrn) != 15 {
		return false
	}
	last := len(ogrn) - 1
	n, err := strconv.ParseUint(ogrn[:last], 10, 64)
	return err == nil && ogrn[last] == byte('0'+n%uint64(last-1)%10)
}

// validAccount verifies the key of a 20-digit account at a bank with this BIC.
func validAccount(account, bic string) bool {
	return reAccount.MatchString(account) && reBIC.MatchString(bic) && keyed(bic[6:]+account)
}

// validCorrAccount verifies a bank's correspondent account against its BIC.
func validCorrAccount(account, bic string) bool {
	return reAccount.MatchString(account) && reBIC.MatchString(bic) && account[17:] == bic[6:] && keyed("0"+bic[4:6]+account)
}

func keyed(s string) bool {
	sum := 0
	for i, r := range s {
		sum += int(r-'0') * [3]int{7, 1, 3}[i%3] % 10
	}
	return sum%10 == 0
}
