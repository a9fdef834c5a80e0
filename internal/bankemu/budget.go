package bankemu

import (
	"regexp"
	"strings"
)

// departmentalInfo are the requisites of a tax, customs or other budget payment, fields 22 and 101 to 110 of the order.
type departmentalInfo struct {
	UIP             string `json:"uip"`
	DrawerStatus101 string `json:"drawerStatus101"`
	KBK             string `json:"kbk"`
	OKTMO           string `json:"oktmo"`
	ReasonCode106   string `json:"reasonCode106"`
	TaxPeriod107    string `json:"taxPeriod107"`
	DocNumber108    string `json:"docNumber108"`
	DocDate109      string `json:"docDate109"`
	PaymentKind110  string `json:"paymentKind110,omitempty"`
}

// The document prints only «string» for these fields. The lifelike mode holds them to the rules for filling in budget
// payments (Ministry of Finance, order 107n): "0" stands for «no value» everywhere.
var (
	reUIP         = regexp.MustCompile(`^(0|[0-9A-Za-z]{4}|[0-9A-Za-z]{20}|[0-9A-Za-z]{25})$`)
	reDrawer101   = regexp.MustCompile(`^(0|0[1-9]|[12][0-9]|3[01])$`)
	reKBK         = regexp.MustCompile(`^(0|[0-9A-Za-z]{20})$`)
	reOKTMO       = regexp.MustCompile(`^(0|[0-9]{8}|[0-9]{11})$`)
	reReason106   = regexp.MustCompile(`^(0|[А-Я0-9]{2})$`)
	rePeriod107   = regexp.MustCompile(`^(0|[0-9]{8}|(МС|КВ|ПЛ|ГД|Д[123])\.[0-9]{2}\.[0-9]{4}|[0-9]{2}\.[0-9]{2}\.[0-9]{4})$`)
	reDocNumber   = regexp.MustCompile(`^[^\s].{0,14}$`)
	reDocDate109  = regexp.MustCompile(`^(0|(0[1-9]|[12][0-9]|3[01])\.(0[1-9]|1[0-2])\.[0-9]{4})$`)
	rePayment110  = regexp.MustCompile(`^(0|[А-Я0-9]{1,2})$`)
	anyDepartment = length(1, 255)
)

func parseDepartmental(o *object) *departmentalInfo {
	if o == nil {
		return nil
	}
	read := func(name string, re *regexp.Regexp) string {
		return o.text(name, true, o.printed(anyDepartment, matches(re)))
	}
	return &departmentalInfo{
		UIP: read("uip", reUIP), DrawerStatus101: read("drawerStatus101", reDrawer101), KBK: read("kbk", reKBK), OKTMO: read("oktmo", reOKTMO),
		ReasonCode106: read("reasonCode106", reReason106), TaxPeriod107: read("taxPeriod107", rePeriod107),
		DocNumber108: read("docNumber108", reDocNumber), DocDate109: read("docDate109", reDocDate109), PaymentKind110: read("paymentKind110", rePayment110),
	}
}

// The Treasury's banks (BIC 01…) have accounts of their own kind, whose keys follow other rules: a treasury account
// begins with 0, the single treasury account that stands for the correspondent one with 40102.

func validPayee(account, bic string) bool {
	if strings.HasPrefix(bic, "01") {
		return strings.HasPrefix(account, "0")
	}
	return validAccount(account, bic)
}

func validBank(corr, bic string) bool {
	if strings.HasPrefix(bic, "01") {
		return strings.HasPrefix(corr, "40102")
	}
	return validCorrAccount(corr, bic)
}
