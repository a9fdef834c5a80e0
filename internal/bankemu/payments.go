package bankemu

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
)

const (
	errNoPayer     = "Невозможно идентифицировать организацию плательщика"
	errNoPayerBank = "Невозможно идентифицировать банк плательщика по указанным номеру БИК и корреспондентскому счету"
	errNoPayeeBank = "Невозможно идентифицировать банк получателя по указанным номеру БИК и корреспондентскому счету"
)

// createPayment makes a draft of one of the three invoice models: POST /v1/payments/from-invoice, -any, -budget.
func (b *Bank) createPayment(parse func(*object, time.Time) *payment) fintechAction {
	return func(c *call, g *grant, co *Company) reply {
		p := &problems{}
		d := parse(parseObject(c, p), c.now)
		if rep := p.reply(); rep != nil {
			return *rep
		}
		if rep := b.admitPayment(d, g, co, c.now); rep != nil {
			return *rep
		}
		d.client, d.company, d.created, d.warnings = g.client, co.ID, c.now, p.warnings
		b.fillPayer(d, co)
		b.st.payments[d.id] = d
		b.moved(d, c.now)
		b.arrived(d.id, co)
		return jsonReply(http.StatusCreated, b.render(d, c.now))
	}
}

// admitPayment finds what stands in the way of a well-formed invoice; nil when nothing does.
func (b *Bank) admitPayment(d *payment, g *grant, co *Company, now time.Time) *reply {
	refuse := func(message string) *reply {
		rep := workflowFault(message)
		return &rep
	}
	switch {
	case co.Unidentified || co.payer() == nil:
		return refuse(errNoPayer)
	case !validCorrAccount(co.payer().Corr, co.payer().BIC):
		return refuse(errNoPayerBank)
	case b.exists(d.id):
		return refuse(errDuplicate)
	}
	if d.toSber {
		return b.fillPayee(d, g)
	}
	if d.doc.PayeeBankCorrAccount != "" && !validBank(d.doc.PayeeBankCorrAccount, d.doc.PayeeBankBic) {
		return refuse(errNoPayeeBank)
	}
	if d.funding == fromLine {
		k := co.line(d.contract, now)
		if k == nil || k.AvailableSum.LessThan(d.amount) {
			return refuse(fmt.Sprintf("Для договора № %s отсутствует действующая возобновляемая кредитная линия", d.contract))
		}
	}
	p := &problems{}
	if d.doc.PayerKpp != "" && (d.doc.PayerKpp == "0") != (len(co.INN) == 12) {
		p.rule("payerKpp", "Для индивидуального предпринимателя указывается «0», для организации – ее КПП")
	}
	return p.reply()
}

// fillPayee: from-invoice pays only to an account in this bank, that of the organisation named by payeeOrgIdHash (the
// HashOrgId claim) or else of the partner itself.
func (b *Bank) fillPayee(d *payment, g *grant) *reply {
	payee := b.companyOf(func(co *Company) bool { return co.INN == b.clients[g.client].OwnINN })
	if d.payeeHash != "" {
		payee = b.companyOf(func(co *Company) bool { return strings.EqualFold(hash64("org", co.ID), d.payeeHash) })
		if payee == nil {
			rep := workflowFault("Не найдена организация получателя по payeeOrgIdHash: " + d.payeeHash)
			return &rep
		}
	}
	var account *Account
	if payee != nil {
		account = payee.account(d.doc.PayeeAccount)
	}
	if account == nil {
		p := &problems{}
		p.rule("payeeAccount", "Счет должен быть открыт в Сбербанке и принадлежать получателю")
		return p.reply()
	}
	if !validCorrAccount(account.Corr, account.BIC) {
		rep := workflowFault(errNoPayeeBank)
		return &rep
	}
	d.doc.PayeeName, d.doc.PayeeInn, d.doc.PayeeKpp = payee.Name, payee.INN, payee.KPP
	d.doc.PayeeBankBic, d.doc.PayeeBankCorrAccount = account.BIC, account.Corr
	return nil
}

func (b *Bank) companyOf(is func(*Company) bool) *Company {
	for i := range b.st.scenario.Companies {
		if co := &b.st.scenario.Companies[i]; is(co) {
			return co
		}
	}
	return nil
}

// paymentState: the bank's SDK reads a short answer here, seed «Моментальные платежи» prints the whole document.
func (b *Bank) paymentState(c *call, g *grant, co *Company) reply {
	if c.documented {
		return b.paymentFull(c, g, co)
	}
	p, stop := b.asked(c, g, co)
	if stop != nil {
		return *stop
	}
	status, comment := b.status(p, c.now)
	out := map[string]string{"bankStatus": status, "channelInfo": "СберБизнес", "crucialFieldsHash": p.doc.CrucialFieldsHash}
	if comment != "" {
		out["bankComment"] = comment
	}
	return jsonReply(http.StatusOK, out)
}

func (b *Bank) paymentFull(c *call, g *grant, co *Company) reply {
	p, stop := b.asked(c, g, co)
	if stop != nil {
		return *stop
	}
	return jsonReply(http.StatusOK, b.render(p, c.now))
}

// asked is the payment of the address: what is no UUID is a wrong format, an unusual spelling of one a wrong value.
func (b *Bank) asked(c *call, g *grant, co *Company) (*payment, *reply) {
	id, p := c.r.PathValue("externalId"), &problems{}
	if _, err := uuid.Parse(id); err != nil {
		p.wrongType("externalId", "Ожидается UUID")
	} else if msg := matches(reUUID)(id); msg != "" {
		p.rule("externalId", msg)
	}
	if rep := p.reply(); rep != nil {
		return nil, rep
	}
	found := b.visible(id, g, co)
	if found == nil {
		rep := fail(http.StatusNotFound, "DATA_NOT_FOUND", "Документ не найден")
		return nil, &rep
	}
	return found, nil
}
