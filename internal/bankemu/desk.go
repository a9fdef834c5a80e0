package bankemu

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"
)

// smsCode is what every SMS of this bank says.
const smsCode = "11111"

// The desk is the JSON behind the bank's own pages. It is not part of the bank's public API.

func (b *Bank) deskRoutes(mux *http.ServeMux, s *site) {
	mux.HandleFunc("GET /emu/api/session", b.locked(b.deskSession(s)))
	mux.HandleFunc("POST /emu/api/session", b.locked(b.deskLogin(s)))
	mux.HandleFunc("DELETE /emu/api/session", b.locked(b.deskLogout(s)))
	mux.HandleFunc("GET /emu/api/documents", b.locked(b.desk(s, b.deskList)))
	mux.HandleFunc("GET /emu/api/documents/{id}", b.locked(b.desk(s, b.deskPayment)))
	mux.HandleFunc("POST /emu/api/documents/{id}/sign", b.locked(b.desk(s, b.deskSign)))
	mux.HandleFunc("POST /emu/api/documents/{id}/decline", b.locked(b.desk(s, b.deskDecline)))
	mux.HandleFunc("POST /emu/api/documents/{id}/recall", b.locked(b.desk(s, b.deskRecall)))
	mux.HandleFunc("GET /emu/api/credit-requests/{id}", b.locked(b.desk(s, b.deskRequest)))
	mux.HandleFunc("POST /emu/api/credit-requests/{id}/submit", b.locked(b.desk(s, b.deskSubmit)))
	mux.HandleFunc("POST /emu/api/credit-requests/{id}/refuse", b.locked(b.desk(s, b.deskRefuse)))
}

// visitor is who looks at a page.
type visitor struct {
	site    *site
	company *Company
	person  *Person
}

func deskError(status int, message string) reply {
	return jsonReply(status, map[string]string{"message": message})
}

func (b *Bank) desk(s *site, act func(*call, visitor) reply) action {
	return func(c *call) reply {
		se := b.session(s, c)
		if se == nil {
			return deskError(http.StatusUnauthorized, "Войдите в банк, чтобы продолжить.")
		}
		co := b.company(se.company)
		if c.r.Method != http.MethodGet && !strings.HasPrefix(c.r.Header.Get("Content-Type"), "application/json") {
			return deskError(http.StatusUnsupportedMediaType, "Ожидается application/json.")
		}
		return act(c, visitor{s, co, co.person(se.person)})
	}
}

func (b *Bank) deskSession(s *site) action {
	return func(c *call) reply {
		type who struct {
			ID       string `json:"id"`
			Name     string `json:"name"`
			Position string `json:"position"`
			Company  string `json:"company"`
			MaySign  bool   `json:"maySign"`
			Special  bool   `json:"special"`
		}
		var people []who
		var current *who
		se := b.session(s, c)
		for _, co := range b.st.scenario.Companies {
			for _, p := range co.People {
				w := who{p.ID, p.Name, p.Position, co.Name, p.MaySign, co.Special}
				if b.admits(s, &p) {
					people = append(people, w)
				}
				if se != nil && se.person == p.ID {
					current = &w
				}
			}
		}
		return jsonReply(http.StatusOK, map[string]any{"person": current, "people": people, "site": s.kind})
	}
}

func (b *Bank) deskLogin(s *site) action {
	return func(c *call) reply {
		var in struct{ Person string }
		if json.Unmarshal(c.body, &in) != nil {
			return deskError(http.StatusBadRequest, "Запрос не прочитан.")
		}
		co, p := b.findPerson(in.Person)
		if p == nil {
			return deskError(http.StatusUnprocessableEntity, "Выберите, кто входит.")
		}
		if !b.admits(s, p) {
			return deskError(http.StatusForbidden, "Этот сотрудник входит другим способом: проверьте, СМС это или электронный ключ.")
		}
		rep := jsonReply(http.StatusOK, map[string]string{"person": p.ID})
		rep.cookie = b.openSession(s, co.ID, p.ID, c.now)
		return rep
	}
}

func (b *Bank) deskLogout(s *site) action {
	return func(c *call) reply {
		if cookie, err := c.r.Cookie(s.cookie); err == nil {
			delete(b.st.sessions, cookie.Value)
		}
		return jsonReply(http.StatusOK, map[string]any{})
	}
}

// money is a sum for people: 1 234,50 ₽ with non-breaking spaces.
func money(d decimal.Decimal) string {
	whole, kopecks, _ := strings.Cut(d.StringFixed(2), ".")
	sign := ""
	if strings.HasPrefix(whole, "-") {
		sign, whole = "−", whole[1:]
	}
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "\u00a0" + whole[i:]
	}
	return sign + whole + "," + kopecks + "\u00a0₽"
}

func (b *Bank) deskList(c *call, v visitor) reply {
	type row struct {
		ID     string `json:"id"`
		Kind   string `json:"kind"`
		Title  string `json:"title"`
		Sum    string `json:"sum"`
		Status string `json:"status"`
	}
	rows := []row{}
	for _, id := range b.st.desk[v.company.ID] {
		if r := b.st.requests[id]; r != nil && r.decision == "" && !r.signed {
			rows = append(rows, row{id, "credit-request", "Кредитная заявка по заказу " + r.order, money(r.amount), statusName("RECEIVED")})
		}
		if p := b.st.payments[id]; p != nil {
			if s, _ := b.status(p, c.now); s == "CREATED" || s == "PARTSIGNED" {
				rows = append(rows, row{id, "payment", "Платёжное поручение № " + p.doc.Number, money(p.amount), statusName(s)})
			}
		}
	}
	return jsonReply(http.StatusOK, map[string]any{"documents": rows})
}

// dayForPeople turns YYYY-MM-DD into DD.MM.YYYY.
func dayForPeople(date string) string {
	t, err := time.Parse(day, date)
	if err != nil {
		return date
	}
	return t.Format("02.01.2006")
}

type field struct {
	Label string `json:"label"`
	Value string `json:"value"`
}

type choice struct {
	Value string `json:"value"`
	Label string `json:"label"`
}

// view is a document as a page shows it.
type view struct {
	ID      string   `json:"id"`
	Kind    string   `json:"kind"`
	Title   string   `json:"title"`
	Status  string   `json:"status"`
	Name    string   `json:"statusName"`
	Comment string   `json:"comment,omitempty"`
	State   string   `json:"state"` // open, done, refused, closed, broken, recalling
	Fields  []field  `json:"fields"`
	Account []choice `json:"accounts"`
	MaySign bool     `json:"maySign"`
	Recall  bool     `json:"mayRecall"`
	WhyNot  string   `json:"whyNot,omitempty"`
	Return  string   `json:"returnUrl,omitempty"`
	BadBack bool     `json:"badBackUrl"` // the address of return is not registered
	Phone   string   `json:"phone"`
}

func (b *Bank) accounts(co *Company) []choice {
	out := []choice{}
	for _, a := range co.Accounts {
		if !a.open() {
			continue
		}
		out = append(out, choice{a.Number, a.Number + " · " + money(a.Balance)})
	}
	return out
}

func (b *Bank) findPayment(c *call, v visitor) *payment {
	p := b.st.payments[c.r.PathValue("id")]
	if p == nil || p.company != v.company.ID {
		return nil
	}
	return p
}

func deskNotFound() reply {
	return deskError(http.StatusNotFound, "Документ не найден. Проверьте, от какой компании вы вошли.")
}

func (b *Bank) deskPayment(c *call, v visitor) reply {
	p := b.findPayment(c, v)
	if p == nil {
		return deskNotFound()
	}
	return jsonReply(http.StatusOK, b.paymentView(p, v, c.r.URL.Query().Get("backUrl"), c.now))
}

func (b *Bank) paymentView(p *payment, v visitor, back string, now time.Time) view {
	status, comment := b.status(p, now)
	out := view{ID: p.id, Kind: "payment", Title: "Платёжное поручение № " + p.doc.Number, Status: status, Name: statusName(status), Comment: comment,
		Account: b.accounts(v.company), Phone: v.person.Phone, State: "done"}
	source := map[string]string{fromOwn: "Собственные средства", fromLine: "Кредитная линия № " + p.contract, fromCredit: "Кредит по заявке"}[p.funding]
	out.Fields = []field{
		{"Сумма", money(p.amount)}, {"Получатель", p.doc.PayeeName}, {"ИНН получателя", p.doc.PayeeInn}, {"Счёт получателя", p.doc.PayeeAccount},
		{"БИК банка получателя", p.doc.PayeeBankBic}, {"Назначение платежа", p.doc.Purpose}, {"Плательщик", p.doc.PayerName},
		{"Источник денег", source}, {"Дата документа", dayForPeople(p.doc.Date)}, {"Подписать до", p.expires.In(moscow).Format("02.01.2006 15:04") + " МСК"},
	}
	switch {
	case status == "CREATED" || status == "PARTSIGNED":
		out.State = "open"
	case status == "CHECKERROR":
		out.State = "broken"
	case status == "REQUESTED_RECALL":
		out.State = "recalling"
	case failed(status):
		out.State = "closed"
	}
	out.Recall = v.person.MaySign && b.recallable(p, now)
	out.MaySign, out.WhyNot = b.maySign(p.signers, v)
	switch {
	case back == "":
	case b.clients[p.client].owns(back):
		out.Return = back
	default:
		out.BadBack = true
	}
	return out
}

func (b *Bank) maySign(signers []string, v visitor) (bool, string) {
	switch {
	case !v.person.MaySign:
		return false, errNoRight.Error()
	case slices.Contains(signers, v.person.ID):
		return false, errSignedByYou.Error()
	}
	return true, ""
}

// confirmation is what the pages send with a signature.
type confirmation struct {
	Account string `json:"account"`
	Code    string `json:"code"`    // SMS users
	Token   bool   `json:"token"`   // Token users: the key was confirmed
	Confirm bool   `json:"confirm"` // credit request: the data is right
	Phone   string `json:"phone"`
	Back    string `json:"backUrl"`
}

func (in *confirmation) read(c *call, s *site) *reply {
	if json.Unmarshal(c.body, in) != nil {
		r := deskError(http.StatusBadRequest, "Запрос не прочитан.")
		return &r
	}
	if s.kind == "token" && !in.Token {
		r := deskError(http.StatusUnprocessableEntity, "Подтвердите подпись электронным ключом.")
		return &r
	}
	if s.kind == "sms" && in.Code != smsCode {
		r := deskError(http.StatusUnprocessableEntity, "Код из СМС не подошёл. В эмуляторе код всегда "+smsCode+".")
		return &r
	}
	return nil
}

func (b *Bank) deskSign(c *call, v visitor) reply {
	p := b.findPayment(c, v)
	if p == nil {
		return deskNotFound()
	}
	var in confirmation
	if stop := in.read(c, v.site); stop != nil {
		return *stop
	}
	if err := b.signPayment(p, v.company, v.person, in.Account, c.now); err != nil {
		return deskError(http.StatusConflict, err.Error())
	}
	return jsonReply(http.StatusOK, b.paymentView(p, v, in.Back, c.now))
}

// decide is a person's word on a payment order other than a signature.
func (b *Bank) decide(c *call, v visitor, act func(*payment) error) reply {
	p := b.findPayment(c, v)
	if p == nil {
		return deskNotFound()
	}
	var in confirmation
	if json.Unmarshal(c.body, &in) != nil {
		return deskError(http.StatusBadRequest, "Запрос не прочитан.")
	}
	if !v.person.MaySign {
		return deskError(http.StatusConflict, errNoRight.Error())
	}
	if err := act(p); err != nil {
		return deskError(http.StatusConflict, err.Error())
	}
	return jsonReply(http.StatusOK, b.paymentView(p, v, in.Back, c.now))
}

func (b *Bank) deskDecline(c *call, v visitor) reply {
	return b.decide(c, v, func(p *payment) error { return b.declinePayment(p, c.now) })
}

func (b *Bank) deskRecall(c *call, v visitor) reply {
	return b.decide(c, v, func(p *payment) error { return b.recallPayment(p, v.company, c.now) })
}
