package bankemu

import (
	"net/http"
	"slices"
)

// fintechRoutes are the API host's documented calls, one line for each family of the bank's documents.
func (b *Bank) fintechRoutes(mux *http.ServeMux) {
	b.creditRoutes(mux)
	b.paymentRoutes(mux)
	b.payrollRoutes(mux)
	b.statementRoutes(mux)
	mux.HandleFunc("/fintech/", func(w http.ResponseWriter, _ *http.Request) {
		fail(http.StatusNotFound, "DATA_NOT_FOUND", "Ресурс не найден").write(w)
	})
}

func (b *Bank) creditRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /fintech/api/v1/credit-offers", b.locked(b.fintech(b.creditOffers, "GET_CREDIT_OFFERS")))
	mux.HandleFunc("POST /fintech/api/v1/credit-requests", b.locked(b.fintech(b.createCreditRequest, "CREDIT_REQUEST")))
}

func (b *Bank) paymentRoutes(mux *http.ServeMux) {
	const budget = "PAY_DOC_RU_INVOICE_BUDGET"
	mux.HandleFunc("POST /fintech/api/v1/payments/from-invoice", b.locked(b.fintech(b.createPayment(parseInvoice), "PAY_DOC_RU_INVOICE")))
	mux.HandleFunc("POST /fintech/api/v1/payments/from-invoice-any", b.locked(b.createAny()))
	mux.HandleFunc("POST /fintech/api/v1/payments/from-invoice-budget", b.locked(b.fintech(b.createPayment(parseInvoiceBudget), budget)))
	read := []string{"PAY_DOC_RU", "PAY_DOC_RU_INVOICE", "PAY_DOC_RU_INVOICE_ANY", "PAY_DOC_RU_INVOICE_BUDGET"}
	mux.HandleFunc("GET /fintech/api/v1/payments/{externalId}/state", b.locked(b.fintech(b.paymentState, read...)))
	mux.HandleFunc("GET /fintech/api/v1/payments/{externalId}", b.locked(b.fintech(b.paymentFull, read...)))
}

// createAny: the newer pages want an operation of its own, seed «Моментальные платежи» prints that of from-invoice.
func (b *Bank) createAny() action {
	create := b.createPayment(parseInvoiceAny)
	newer, printed := b.fintech(create, "PAY_DOC_RU_INVOICE_ANY"), b.fintech(create, "PAY_DOC_RU_INVOICE_ANY", "PAY_DOC_RU_INVOICE")
	return func(c *call) reply {
		if c.documented {
			return printed(c)
		}
		return newer(c)
	}
}

type fintechAction func(*call, *grant, *Company) reply

// fintech checks the access token and that its scope names one of the operations.
func (b *Bank) fintech(act fintechAction, operations ...string) action {
	return func(c *call) reply {
		g, value := b.bearer(c)
		if g == nil {
			return fail(http.StatusUnauthorized, "UNAUTHORIZED", "accessToken not found by value ="+value)
		}
		if !slices.ContainsFunc(operations, func(op string) bool { return slices.Contains(g.scope, op) }) {
			return fail(http.StatusForbidden, "ACTION_ACCESS_EXCEPTION", "Операция не может быть выполнена: доступ к ресурсу запрещен")
		}
		if stop := b.offerOver(g, c.now); stop != nil {
			return *stop
		}
		company := b.company(g.company)
		if company == nil {
			return workflowFault(errNoPayer)
		}
		return act(c, g, company)
	}
}
