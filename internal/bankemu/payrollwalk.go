package bankemu

import (
	"encoding/json"
	"slices"
	"time"
)

// payrollStatus is one row of «Возможные статусы» of a salary register.
type payrollStatusRow struct {
	code, name string
	final      bool   // «Конечный/Прекратить опрашивать»
	comment    string // the bank's words with it, ours; empty = null
}

// payrollStatuses is the whole table in the document's order. It is not that of payment orders.
var payrollStatuses = []payrollStatusRow{
	{"DELIVERED", "Доставлен", false, ""},
	{"VALIDEDS", "ЭП/АСП верна", false, ""},
	{"INVALIDEDS", "ЭП/АСП не верна", true, "Подпись под документом не верна"},
	{"REQUISITEERROR", "Ошибка реквизитов", true, "Реквизиты ведомости не прошли проверку"},
	{"TRIED", "Проверен", false, ""},
	{"DELAYED", "Приостановлен", false, "Исполнение приостановлено"},
	{"CORRESPONDENT_APPROVE_WAITING", "Ожидает подтверждения контрагента", false, "Ожидается ответ банка получателя"},
	{"EXPORTED", "Выгружен", false, ""},
	{"IMPLEMENTED", "Исполнен", true, ""},
	{"REFUSEDBYABS", "Отказан АБС", true, "Ведомость отказана АБС"},
	{"ACCEPTED", "Принят", false, ""},
	{"ACCEPTED_BY_ABS", "Принят АБС", false, ""},
	{"PARTIMPLEMENTED", "Частично исполнен", true, "Зачислено не всем сотрудникам"},
	{"CARD2", "Картотека №2", false, "Недостаточно средств на счёте, документ ждёт оплаты"},
	{"FRAUDSMS", "Требуется подтверждение паролем", false, "Подтвердите документ паролем"},
	{"FRAUDREVIEW", "На проверке у специалиста банка", false, "Документ проверяет специалист банка"},
	{"FRAUDDENY", "Отвергнут ФРОД", true, "Документ отвергнут службой безопасности"},
	{"FRAUDSENT", "Отправлен во ФРОД", false, ""},
	{"SIGNED_BANK", "Подписан Банком", false, ""},
	{"REFUSEDBYBANK", "Отказан Банком", true, "Ведомость отказана банком"},
	{"FRAUDALLOW", "Одобрен ФРОД", false, ""},
	{"SIGNED", "Подписан", false, ""},
	{"UNABLE_TO_RECEIVE", "Ошибка при приеме", true, "Документ не удалось принять"},
	{"CREATED", "Создан", false, ""},
	{"IMPORTED", "Импортирован", false, ""},
	{"PARTSIGNED", "Частично подписан", false, ""},
	{"CHECKERROR", "Ошибка контроля", true, "Документ не прошёл контроль"},
	{"INCONSISTENT_DATA", "Нарушена целостность документа", true, "Документ изменён после подписания"},
}

func payrollRow(code string) (payrollStatusRow, bool) {
	i := slices.IndexFunc(payrollStatuses, func(r payrollStatusRow) bool { return r.code == code })
	if i < 0 {
		return payrollStatusRow{}, false
	}
	return payrollStatuses[i], true
}

func payrollCodes() (codes []string) {
	for _, r := range payrollStatuses {
		codes = append(codes, r.code)
	}
	return codes
}

// payrollWalks are the ways of a signed register, one status per step: the one chosen by control, else the setting
// payrollRoute, else the company's route where it has a namesake here. CREATED and PARTSIGNED come before a walk.
var payrollWalks = map[string][]string{
	routeOrdinary:       {"SIGNED", "VALIDEDS", "DELIVERED", "TRIED", "FRAUDSENT", "FRAUDALLOW", "ACCEPTED", "EXPORTED", "ACCEPTED_BY_ABS", "IMPLEMENTED"},
	"part":              {"SIGNED", "VALIDEDS", "DELIVERED", "TRIED", "ACCEPTED", "EXPORTED", "ACCEPTED_BY_ABS", "PARTIMPLEMENTED"},
	"imported":          {"IMPORTED", "SIGNED", "VALIDEDS", "DELIVERED", "TRIED", "ACCEPTED", "EXPORTED", "ACCEPTED_BY_ABS", "IMPLEMENTED"},
	"other-bank":        {"SIGNED", "VALIDEDS", "DELIVERED", "TRIED", "ACCEPTED", "SIGNED_BANK", "EXPORTED", "CORRESPONDENT_APPROVE_WAITING", "ACCEPTED_BY_ABS", "IMPLEMENTED"},
	"delayed":           {"SIGNED", "VALIDEDS", "DELIVERED", "TRIED", "DELAYED", "ACCEPTED", "EXPORTED", "ACCEPTED_BY_ABS", "IMPLEMENTED"},
	routeCard2:          {"SIGNED", "VALIDEDS", "DELIVERED", "TRIED", "ACCEPTED", "EXPORTED", "CARD2", "ACCEPTED_BY_ABS", "IMPLEMENTED"},
	"fraud-sms":         {"SIGNED", "VALIDEDS", "DELIVERED", "FRAUDSENT", "FRAUDSMS", "FRAUDALLOW", "ACCEPTED", "ACCEPTED_BY_ABS", "IMPLEMENTED"},
	"fraud-review":      {"SIGNED", "VALIDEDS", "DELIVERED", "FRAUDSENT", "FRAUDREVIEW", "FRAUDALLOW", "ACCEPTED", "ACCEPTED_BY_ABS", "IMPLEMENTED"},
	"fraud-deny":        {"SIGNED", "VALIDEDS", "DELIVERED", "FRAUDSENT", "FRAUDREVIEW", "FRAUDDENY"},
	"invalid-signature": {"SIGNED", "INVALIDEDS"},
	"requisite-error":   {"SIGNED", "VALIDEDS", "DELIVERED", "REQUISITEERROR"},
	"refused-by-abs":    {"SIGNED", "VALIDEDS", "DELIVERED", "TRIED", "ACCEPTED", "EXPORTED", "REFUSEDBYABS"},
	"refused-by-bank":   {"SIGNED", "VALIDEDS", "DELIVERED", "TRIED", "REFUSEDBYBANK"},
	"not-received":      {"SIGNED", "UNABLE_TO_RECEIVE"},
	"check-error":       {"SIGNED", "CHECKERROR"},
	"inconsistent":      {"SIGNED", "INCONSISTENT_DATA"},
}

func (p *payroll) walk() []string { return payrollWalks[or(p.route, routeOrdinary)] }

// end is the status a signed register comes to.
func (p *payroll) end() string { w := p.walk(); return w[len(w)-1] }

func (b *Bank) payrollStatus(p *payroll, now time.Time) (status, comment string) {
	if p.pin != nil {
		return p.pin.status, p.pin.comment
	}
	status = b.payrollPlace(p, now)
	row, _ := payrollRow(status)
	return status, row.comment
}

func (b *Bank) payrollPlace(p *payroll, now time.Time) string {
	if p.signed.IsZero() {
		if len(p.signers) > 0 {
			return "PARTSIGNED"
		}
		return "CREATED"
	}
	walk := p.walk()
	last := len(walk) - 1
	i := b.payrollWalked(p, now)
	if i == last && p.unfunded {
		return "CARD2"
	}
	if i == last && walk[last] == "IMPLEMENTED" && b.st.settings.TestContour {
		return walk[last-1]
	}
	return walk[i]
}

func (b *Bank) payrollWalked(p *payroll, now time.Time) int {
	last := len(p.walk()) - 1
	if b.st.step <= 0 {
		return last
	}
	return min(last, max(0, int(now.Sub(p.walkFrom)/b.st.step)))
}

// repacePayrolls is setStep for registers: none goes back.
func (b *Bank) repacePayrolls(step time.Duration, now time.Time) {
	for _, p := range b.st.payrolls.byID {
		if !p.signed.IsZero() {
			p.walkFrom = now.Add(-time.Duration(b.payrollWalked(p, now)) * step)
		}
	}
}

// signPayroll is one signature put at the bank's own desk.
func (b *Bank) signPayroll(p *payroll, co *Company, person *Person, now time.Time) error {
	switch {
	case p.pin != nil || !p.signed.IsZero():
		return errNotSignable
	case !person.MaySign:
		return errNoRight
	case slices.Contains(p.signers, person.ID):
		return errSignedByYou
	}
	b.addSignature(p, co, person, signature{hash64("signature", p.id, person.ID), certificateUUID(person)}, now)
	return nil
}

// addSignature keeps a checked signature; the last one needed takes the money and starts the walk.
func (b *Bank) addSignature(p *payroll, co *Company, person *Person, s signature, now time.Time) {
	p.signers, p.signatures = append(p.signers, person.ID), append(p.signatures, s)
	if len(p.signers) < co.signaturesNeeded() {
		return
	}
	p.route = or(p.route, b.st.settings.PayrollRoute)
	if p.route == "" && payrollWalks[co.Route] != nil {
		p.route = co.Route
	}
	p.signed, p.walkFrom = now, now
	if !b.debitPayroll(p, co, now) {
		p.unfunded = true
		b.st.payrolls.waiting[co.ID] = append(b.st.payrolls.waiting[co.ID], p)
	}
}

// debitPayroll takes what will be credited, if the account has it; the statement shows it when the walk ends. Registers
// that will fail take nothing.
func (b *Bank) debitPayroll(p *payroll, co *Company, now time.Time) bool {
	a, sum := co.account(p.doc.Account), p.credited(p.end())
	if a == nil || a.Balance.LessThan(sum) {
		return false
	}
	if sum.IsZero() {
		return true
	}
	a.Balance = a.Balance.Sub(sum)
	at := p.walkFrom.Add(time.Duration(len(p.walk())-1) * max(0, b.st.step))
	if now.After(at) {
		at = now
	}
	b.enter(a.Number, operation{at: at, amount: sum, number: p.doc.Number, documentDate: p.doc.Date, priority: "3", delivery: "электронно",
		purpose: "Зарплатная ведомость № " + p.doc.Number + ": " + p.doc.Month + " " + p.doc.Year + ". НДС не облагается",
		payer:   party{co.Name, co.INN, co.KPP, a.Number, a.BIC, a.Corr},
		payee:   party{lender.name, lender.inn, lender.kpp, salaryAccount, lender.bic, lender.corr}})
	return true
}

// salaryAccount is the bank's own account from which salaries are credited.
const salaryAccount = "47422810800000000001"

// fundPayrolls pays registers of картотека 2, oldest first, after an account got money.
func (b *Bank) fundPayrolls(co *Company) {
	var still []*payroll
	for _, p := range b.st.payrolls.waiting[co.ID] {
		if p.unfunded = !b.debitPayroll(p, co, b.now()); p.unfunded {
			still = append(still, p)
		}
	}
	b.st.payrolls.waiting[co.ID] = still
}

// payrollDocument is a register as control shows it.
func (b *Bank) payrollDocument(p *payroll, now time.Time) documentRow {
	status, comment := b.payrollStatus(p, now)
	row := documentRow{Kind: "payroll", ExternalID: p.id, Company: p.company, Client: p.client, BankStatus: status, Comment: comment,
		Amount: json.Number(p.amount.StringFixed(2)), Funding: fromOwn, Contract: p.doc.ContractNumber, Order: p.doc.Number,
		Purpose: "Зарплатная ведомость: " + p.doc.Month + " " + p.doc.Year, Pinned: p.pin != nil, SignedBy: p.signers, Created: p.created}
	if !p.signed.IsZero() {
		row.Signed = &p.signed
	}
	return row
}
