package credit

import (
	"net/url"
	"strings"
)

// SignPage is which page of the bank signs a payment draft.
type SignPage string

// The pages: the documented one, and the one of the bank's newer libraries.
const (
	SignPageDCB      SignPage = "dcb"
	SignPageRPPLight SignPage = "rpp-light"
)

// CreditLink is where the customer fills in and signs a credit request (page «Переадресация на кредитную заявку»).
// contour is the scheme and host for the customer's way of signing. What follows # never reaches a server.
func CreditLink(contour, externalID string) string {
	return strings.TrimRight(contour, "/") + "/ic/dcb/index.html#/credits/credit-financing/credit-partners?order=" + escape(externalID)
}

// PaymentLink is where the customer signs a payment draft (page «Переадресация на платежное поручение»). backURL is where
// the bank leads him afterwards; it has to be on the host registered with the bank, and without it there is no way back.
func PaymentLink(contour string, page SignPage, externalID, backURL string) string {
	path := "/ic/dcb/index.html"
	if page == SignPageRPPLight {
		path = "/ic/ufs/rpp-light/index.html"
	}
	link := strings.TrimRight(contour, "/") + path + "#/payment-creator/" + escape(externalID)
	if backURL == "" {
		return link
	}
	return link + "?backUrl=" + escape(backURL)
}

// escape leaves nothing but unreserved characters; a space is %20 because the bank's page decodes with decodeURIComponent.
func escape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
