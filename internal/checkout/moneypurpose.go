package checkout

import (
	"regexp"
	"strings"
	"unicode"
)

const numberLength = 10

// lookAlike are the Cyrillic letters that a person types for the Latin ones of an order's number.
var lookAlike = strings.NewReplacer("А", "A", "В", "B", "С", "C", "Е", "E", "Н", "H", "К", "K", "М", "M", "Р", "P", "Т", "T", "Х", "X", "У", "Y")

// afterOrder finds what stands where our purposes have the order's number.
var afterOrder = regexp.MustCompile(`(?i)заказ\p{L}*\s*(?:№|N[o°]?[.\s]|#|:)?\s*([\p{L}\d]+)`)

// NamedOrders are the words of a purpose that are written as order numbers are, each once: whether there is such an order,
// only the database knows.
func NamedOrders(purpose string) (numbers []string) {
	seen := map[string]bool{}
	for _, word := range strings.FieldsFunc(purpose, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		if n := asNumber(word); isNumber(n) && !seen[n] {
			seen[n] = true
			numbers = append(numbers, n)
		}
	}
	return numbers
}

// strangeNumber is the order's number in a purpose that is worded as ours are; empty when it names none.
func strangeNumber(purpose string) string {
	for _, m := range afterOrder.FindAllStringSubmatch(purpose, -1) {
		if n := asNumber(m[1]); isNumber(n) {
			return n
		}
	}
	return ""
}

func asNumber(word string) string { return lookAlike.Replace(strings.ToUpper(word)) }

func isNumber(s string) bool { return len(s) == numberLength && strings.Trim(s, numberAlphabet) == "" }

// mistyped tells whether one number is the other with a slip of the finger: one sign wrong, or two neighbours swapped.
func mistyped(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	var wrong []int
	for i := range len(a) {
		if a[i] != b[i] {
			wrong = append(wrong, i)
		}
	}
	switch len(wrong) {
	case 1:
		return true
	case 2:
		i, j := wrong[0], wrong[1]
		return j == i+1 && a[i] == b[j] && a[j] == b[i]
	}
	return false
}

// sameINN compares two INNs; one that travelled as a number has lost its leading zero.
func sameINN(a, b string) bool { return a != "" && padINN(a) == padINN(b) }

func padINN(inn string) string {
	if n := len(inn); n == 9 || n == 11 {
		return "0" + inn
	}
	return inn
}
