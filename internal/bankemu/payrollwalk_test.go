package bankemu_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// payrollTable is «Возможные статусы» as printed: the code, its name, whether one must go on asking, and the way of the
// box that shows it.
var payrollTable = []struct {
	code, name string
	ask        bool
	route      string
}{
	{"DELIVERED", "Доставлен", true, "ordinary"},
	{"VALIDEDS", "ЭП/АСП верна", true, "ordinary"},
	{"INVALIDEDS", "ЭП/АСП не верна", false, "invalid-signature"},
	{"REQUISITEERROR", "Ошибка реквизитов", false, "requisite-error"},
	{"TRIED", "Проверен", true, "ordinary"},
	{"DELAYED", "Приостановлен", true, "delayed"},
	{"CORRESPONDENT_APPROVE_WAITING", "Ожидает подтверждения контрагента", true, "other-bank"},
	{"EXPORTED", "Выгружен", true, "ordinary"},
	{"IMPLEMENTED", "Исполнен", false, "ordinary"},
	{"REFUSEDBYABS", "Отказан АБС", false, "refused-by-abs"},
	{"ACCEPTED", "Принят", true, "ordinary"},
	{"ACCEPTED_BY_ABS", "Принят АБС", true, "ordinary"},
	{"PARTIMPLEMENTED", "Частично исполнен", false, "part"},
	{"CARD2", "Картотека №2", true, "card2"},
	{"FRAUDSMS", "Требуется подтверждение паролем", true, "fraud-sms"},
	{"FRAUDREVIEW", "На проверке у специалиста банка", true, "fraud-review"},
	{"FRAUDDENY", "Отвергнут ФРОД", false, "fraud-deny"},
	{"FRAUDSENT", "Отправлен во ФРОД", true, "ordinary"},
	{"SIGNED_BANK", "Подписан Банком", true, "other-bank"},
	{"REFUSEDBYBANK", "Отказан Банком", false, "refused-by-bank"},
	{"FRAUDALLOW", "Одобрен ФРОД", true, "ordinary"},
	{"SIGNED", "Подписан", true, "ordinary"},
	{"UNABLE_TO_RECEIVE", "Ошибка при приеме", false, "not-received"},
	{"CREATED", "Создан", true, "ordinary"},
	{"IMPORTED", "Импортирован", true, "imported"},
	{"PARTSIGNED", "Частично подписан", true, "ordinary"},
	{"CHECKERROR", "Ошибка контроля", false, "check-error"},
	{"INCONSISTENT_DATA", "Нарушена целостность документа", false, "inconsistent"},
}

// Each status comes by itself on its way, and is the end of it when the table says that one may stop asking.
func TestPayrollStatuses(t *testing.T) {
	r, token := duetPayrolls(t)
	for _, row := range payrollTable {
		t.Run(row.code, func(t *testing.T) {
			id := r.sendPayroll(token, duetPayroll())
			r.control("POST", "/api/documents/"+id+"/route", fmt.Sprintf(`{"route":%q}`, row.route))
			seen := []string{r.payrollState(id, token)}
			r.control("POST", "/api/documents/"+id+"/sign", `{"person":"duet-director"}`)
			seen = append(seen, r.payrollState(id, token))
			r.control("POST", "/api/documents/"+id+"/sign", `{"person":"duet-accountant"}`)
			for range 20 {
				seen = append(seen, r.payrollState(id, token))
				r.advance(time.Second)
			}
			last := seen[len(seen)-1]
			if !slices.Contains(seen, row.code) || (last == row.code) == row.ask {
				t.Errorf("seen %v", seen)
			}
		})
	}
}

func TestPayrollStatusPinned(t *testing.T) {
	r, token := duetPayrolls(t)
	id := r.sendPayroll(token, duetPayroll())
	for _, row := range payrollTable {
		r.control("POST", "/api/documents/"+id+"/status", fmt.Sprintf(`{"status":%q,"comment":"сказано"}`, row.code))
		if m := r.get(pathPayrolls+"/"+id+"/state", token).json(t); m["bankStatus"] != row.code || m["bankComment"] != "сказано" {
			t.Errorf("%s: %v", row.code, m)
		}
	}
	r.control("POST", "/api/documents/"+id+"/status?unknown", `{"status":"BRAND_NEW"}`)
	if got := r.payrollState(id, token); got != "BRAND_NEW" {
		t.Error(got)
	}
	r.control("POST", "/api/documents/"+id+"/status", `{"status":""}`)
	if got := r.payrollState(id, token); got != "CREATED" {
		t.Errorf("released: %s", got)
	}
	for path, sent := range map[string]string{"status": `{"status":"DELETED"}`, "route": `{"route":"nowhere"}`, "decline": "", "dance": ""} {
		if a := do(t, browser(), "POST", r.manage+"/api/documents/"+id+"/"+path, "application/json", sent); a.status < 400 || a.status > 409 {
			t.Errorf("%s: %d %s", path, a.status, a.body)
		}
	}
}

func duetPayrolls(t testing.TB) (*rig, string) { return payrollRig(t, "9901013234", "duet-director") }

// duetPayroll is a small register of the company of two signatures, so that its money lasts for many.
func duetPayroll() object {
	o := payroll(newID())
	o["orgTaxNumber"], o["account"], o["amount"] = "9901013234", "40702810238001008003", rub("3.50")
	employee(0, "amount", rub("3.00"))(o)
	employee(1, "amount", rub("0.50"))(o)
	return o
}

// What the employees are told depends on the end; control may say more of each.
func TestPayrollResults(t *testing.T) {
	r, token := duetPayrolls(t)
	results := func(route string) (string, []string) {
		id := r.sendPayroll(token, duetPayroll())
		r.control("POST", "/api/settings", fmt.Sprintf(`{"payrollRoute":%q}`, route))
		r.control("POST", "/api/documents/"+id+"/sign", "")
		r.advance(20 * time.Second)
		var out []string
		for _, e := range r.get(pathPayrolls+"/"+id, token).json(t)["employeeSalaries"].([]any) {
			out = append(out, fmt.Sprint(e.(object)["result"], "/", e.(object)["bankMessage"]))
		}
		return id, out
	}
	for route, want := range map[string][]string{
		"ordinary":        {"Зачислено/<nil>", "Зачислено/<nil>"},
		"part":            {"Зачислено/<nil>", "Не зачислено/Счет получателя закрыт"},
		"refused-by-abs":  {"Не зачислено/Ведомость отказана АБС", "Не зачислено/Ведомость отказана АБС"},
		"requisite-error": {"<nil>/<nil>", "<nil>/<nil>"},
	} {
		t.Run(route, func(t *testing.T) {
			if _, got := results(route); !slices.Equal(got, want) {
				t.Errorf("%v", got)
			}
		})
	}
	t.Run("set by control", func(t *testing.T) {
		id, _ := results("part")
		r.control("POST", "/api/documents/"+id+"/results", `{"results":[{"account":"42301810600000200002","result":"Возвращено","bankMessage":"Имя не совпало","receiptStatus":"FINISHED","receiptResult":"OK"}]}`)
		if full := r.get(pathPayrolls+"/"+id, token).body; !strings.Contains(full, `"bankMessage":"Имя не совпало","result":"Возвращено","receiptStatus":"FINISHED","receiptResult":"OK"`) {
			t.Error(full)
		}
	})
}

// Money leaves the account once, only for what is credited, and картотека 2 waits for it.
func TestPayrollMoney(t *testing.T) {
	r, token := merchantPayrolls(t)
	balance := func() string {
		for _, c := range r.control("GET", "/api/state", "").json(t)["companies"].([]any) {
			if co := c.(object); co["id"] == "merchant" {
				return co["accounts"].([]any)[0].(object)["balance"].(string)
			}
		}
		return "none"
	}
	send := func(route string) string {
		r.control("POST", "/api/settings", fmt.Sprintf(`{"payrollRoute":%q}`, route))
		id := r.sendPayroll(token, payroll(newID()))
		r.control("POST", "/api/documents/"+id+"/sign", "")
		return id
	}
	for _, c := range []struct{ route, left string }{{"ordinary", "989999.45"}, {"part", "984998.95"}, {"fraud-deny", "984998.95"}} {
		if send(c.route); balance() != c.left {
			t.Errorf("%s: %s left", c.route, balance())
		}
	}
	r.control("PUT", "/api/companies/merchant", `{"balance":"10000.54"}`)
	id := send("ordinary")
	r.advance(20 * time.Second)
	if got := r.payrollState(id, token); got != "CARD2" {
		t.Errorf("without money: %s", got)
	}
	r.control("PUT", "/api/companies/merchant", `{"balance":"10000.55"}`)
	if got := r.payrollState(id, token); got != "IMPLEMENTED" || balance() != "0" {
		t.Errorf("with money: %s, %s left", got, balance())
	}
}

func TestPayrollModes(t *testing.T) {
	r, token := merchantPayrolls(t)
	id := r.sendPayroll(token, payroll(newID()))
	r.control("POST", "/api/documents/"+id+"/sign", "")
	r.advance(3 * time.Second)
	was := r.payrollState(id, token)
	r.control("POST", "/api/speed", `{"step":"1m"}`)
	if got := r.payrollState(id, token); got != was {
		t.Errorf("a change of pace moved it from %s to %s", was, got)
	}
	r.advance(20 * time.Minute)
	if got := r.payrollState(id, token); got != "IMPLEMENTED" {
		t.Errorf("at the end: %s", got)
	}
	r.control("POST", "/api/settings", `{"testContour":true}`)
	if got := r.payrollState(id, token); got != "ACCEPTED_BY_ABS" {
		t.Errorf("the test contour: %s", got)
	}
	if a := do(t, browser(), "POST", r.manage+"/api/settings", "application/json", `{"payrollRoute":"nowhere"}`); a.status != 400 {
		t.Errorf("an unknown route: %d", a.status)
	}
	if a := do(t, browser(), "POST", r.manage+"/api/documents/"+id+"/sign", "application/json", ""); a.status != 409 {
		t.Errorf("signed twice: %d %s", a.status, a.body)
	}
	r.control("POST", "/api/reset", "")
	if got := r.payrollState(id, token); got != "404" {
		t.Errorf("after a reset: %s", got)
	}
}
