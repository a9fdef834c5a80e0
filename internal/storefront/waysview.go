package storefront

import (
	"slices"
	"strconv"

	"creditcart/internal/checkout"
	"creditcart/internal/credit"
	"creditcart/internal/money"
	"creditcart/web/templates"
)

// choice is what the buyer chose before, to be marked again.
type choice struct {
	method credit.Method
	code   string // of a credit's product
	term   int
	// contract is the number of a credit line's contract.
	contract string
}

// waysView turns the decision into cards: one per method, the offers of a credit inside one card.
func waysView(c checkout.Conditions, ch choice, help []templates.Link) templates.WaysView {
	v := templates.WaysView{Stale: staleText(c)}
	groups := map[credit.Method][]credit.Way{}
	var order []credit.Method
	open := 0
	for _, w := range c.Ways {
		if len(groups[w.Method]) == 0 {
			order = append(order, w.Method)
		}
		groups[w.Method] = append(groups[w.Method], w)
	}
	for _, m := range order {
		if best(groups[m]).Available {
			open++
		}
	}
	checked := ch.method
	if checked == "" || len(groups[checked]) == 0 || !best(groups[checked]).Available {
		checked = firstOpen(order, groups)
	}
	for _, m := range shownOrder(order, groups) {
		card := wayCard(groups[m], ch, help)
		card.Checked = card.Available && m == checked
		card.AmountField = "amount"
		if open > 1 {
			card.AmountField = "amount_" + string(m)
		}
		v.Ways = append(v.Ways, card)
	}
	return v
}

// staleText says why the conditions are not those of now, if they are not.
func staleText(c checkout.Conditions) string {
	switch {
	case c.NeedsLogin:
		return "Вход в СберБизнес ID истёк, поэтому мы не можем спросить банк об условиях. Войдите ещё раз: корзина и заказы сохранены."
	case c.Denied:
		return "Банк не разрешил магазину узнать условия: при входе не подтверждено право GET_CREDIT_OFFERS. Войдите ещё раз и подтвердите все согласия."
	case c.Stale:
		return credit.StaleOffers(c.AsOf)
	}
	return ""
}

// signInAgain is the way out when a new sign-in helps to learn the conditions; it leads back to where the buyer is.
func signInAgain(c checkout.Conditions, back string) []templates.Link {
	if !c.NeedsLogin && !c.Denied {
		return nil
	}
	return []templates.Link{{Text: "Войти ещё раз", URL: loginURL(back), TestID: "conditions-login"}}
}

// shownOrder puts what can be chosen first and what cannot last. Only when the bank offers no money at all, the reasons
// come first: they are what the buyer came to see.
func shownOrder(order []credit.Method, groups map[credit.Method][]credit.Way) []credit.Method {
	rank := func(m credit.Method) int {
		switch {
		case m == credit.Invoice:
			return 1
		case best(groups[m]).Available:
			return 0
		case !openBesides(credit.Invoice, order, groups):
			return 0
		}
		return 2
	}
	shown := slices.Clone(order)
	slices.SortStableFunc(shown, func(a, b credit.Method) int { return rank(a) - rank(b) })
	return shown
}

// openBesides tells whether another method than the given one can be chosen.
func openBesides(not credit.Method, order []credit.Method, groups map[credit.Method][]credit.Way) bool {
	return slices.ContainsFunc(order, func(m credit.Method) bool { return m != not && best(groups[m]).Available })
}

// firstOpen is the way to propose: one that pays everything with the bank's money, else a part of it, else own money.
func firstOpen(order []credit.Method, groups map[credit.Method][]credit.Way) credit.Method {
	var found credit.Method
	rest := money.Max
	for _, m := range order {
		w := best(groups[m])
		switch {
		case !w.Available || m == credit.Invoice && found != "":
		case found == "" || w.Rest < rest:
			found, rest = m, w.Rest
		}
	}
	return found
}

// best is the way that speaks for its method: the first available, else the one that is nearest to it.
func best(ways []credit.Way) credit.Way {
	chosen := ways[0]
	for _, w := range ways {
		if w.Available {
			return w
		}
		if w.Reason == credit.ReasonOverMax && (chosen.Reason != credit.ReasonOverMax || w.OverBy < chosen.OverBy) {
			chosen = w
		}
	}
	return chosen
}

// spoken is the way that the card's own words are about: the offer or the line the buyer chose, else the best.
func spoken(ways []credit.Way, ch choice) credit.Way {
	for _, w := range ways {
		if w.Available && (w.Offer != nil && w.Offer.ProductCode == ch.code || w.Contract != nil && w.Contract.Number == ch.contract) {
			return w
		}
	}
	return best(ways)
}

// condition is a way in words, with the term the buyer chose.
func condition(w credit.Way, ch choice) string {
	if w.Offer != nil && w.Offer.ProductCode == ch.code {
		if t, ok := w.Term(ch.term); ok {
			return w.ConditionFor(t)
		}
	}
	return w.Condition()
}

func wayCard(ways []credit.Way, ch choice, help []templates.Link) templates.PayWay {
	w := spoken(ways, ch)
	card := templates.PayWay{Method: string(w.Method), Title: w.Method.Title(), Available: w.Available}
	switch {
	case !w.Available:
		card.Reason = w.Condition()
		if w.Reason == credit.ReasonOverMax {
			card.HelpLinks = help
		}
		return card
	case w.UnderMin || w.Rest > 0:
		card.Note = condition(w, ch)
	default:
		card.Summary = condition(w, ch)
	}
	card.PayNow, card.AmountValue = w.PayNow.FormatShort(), w.PayNow.String()
	if w.Rest > 0 {
		card.Rest = "Останется оплатить " + w.Rest.FormatShort()
	}
	if w.Method == credit.Line && w.Rest == 0 {
		card.Rest = "На линии останется " + w.AfterLine.FormatShort()
	}
	if w.Method == credit.Line {
		card.Lines = linesView(ways, w.Contract)
		if len(ways) > 1 {
			card.AmountValue = "" // each line pays its own; the decision tells what was shown
		}
	}
	if w.Method == credit.Credit {
		card.Offers = offersView(ways, ch, w.Offer)
	}
	return card
}

// linesView lists the lines that can pay; the one that the card speaks of is marked.
func linesView(ways []credit.Way, spokenOf *credit.Contract) []templates.CreditLine {
	var list []templates.CreditLine
	for _, w := range ways {
		l := templates.CreditLine{Number: w.Contract.Number, Checked: w.Contract == spokenOf}
		if !l.Checked {
			l.Says = w.Condition()
		}
		if len(ways) == 1 {
			l.Facts = []templates.Fact{{Label: "Договор", Value: "№ " + l.Number}}
		}
		if !w.Contract.Until.IsZero() {
			l.Facts = append(l.Facts, templates.Fact{Label: "Действует до", Value: credit.Day(w.Contract.Until)})
		}
		list = append(list, l)
	}
	return list
}

// offersView lists the offers of a credit; the one that the card speaks of is marked and says nothing more.
func offersView(ways []credit.Way, ch choice, spokenOf *credit.Offer) []templates.CreditOffer {
	var list []templates.CreditOffer
	for _, w := range ways {
		if w.Offer == nil {
			continue
		}
		o := templates.CreditOffer{Code: w.Offer.ProductCode, Name: w.Offer.ProductName, Available: w.Available, TermField: "term"}
		if len(ways) > 1 {
			o.TermField = "term_" + o.Code
		}
		if !w.Available {
			o.Reason = w.Condition()
			list = append(list, o)
			continue
		}
		o.Rate = credit.Percent(w.Offer.Rate) + " годовых"
		if o.Checked = w.Offer == spokenOf; !o.Checked {
			o.Says = condition(w, ch)
		}
		o.Terms, o.Facts = termOptions(w, ch), offerFacts(w)
		for _, q := range w.Offer.Questions {
			o.Questions = append(o.Questions, templates.Question{Question: q.Question, Answer: q.Answer})
		}
		list = append(list, o)
	}
	return list
}

func termOptions(w credit.Way, ch choice) []templates.Option {
	selected := w.DefaultTerm().Months
	if ch.code == w.Offer.ProductCode && w.Offer.AllowsTerm(ch.term) {
		selected = ch.term
	}
	var options []templates.Option
	for _, t := range w.Terms {
		options = append(options, templates.Option{Value: strconv.Itoa(t.Months), Selected: t.Months == selected,
			Label: strconv.Itoa(t.Months) + "\u00a0мес., примерно " + t.About()})
	}
	return options
}

func offerFacts(w credit.Way) []templates.Fact {
	o := w.Offer
	facts := []templates.Fact{
		{Label: "Сумма кредита", Value: w.CreditAmount.FormatShort()},
		{Label: "Банк кредитует", Value: "от " + o.SumMin.FormatShort() + " до " + o.SumMax.FormatShort()},
		{Label: "Срок", Value: strconv.Itoa(o.TermMin) + "–" + credit.Months(o.TermMax)},
	}
	if o.DelayRepayment > 0 {
		facts = append(facts, templates.Fact{Label: "Льготный период", Value: credit.Months(o.DelayRepayment)})
	}
	if o.CheckSum != nil && *o.CheckSum > money.Amount(0) {
		facts = append(facts, templates.Fact{Label: "Выезд банка в компанию", Value: "при сумме от " + o.CheckSum.FormatShort()})
	}
	return facts
}

// waysBeforeSignIn are the ways by name: there are no conditions before the bank knows the company.
func waysBeforeSignIn() templates.WaysView {
	return templates.WaysView{Ways: []templates.PayWay{
		{Method: string(credit.Credit), Title: credit.Credit.Title(), Reason: "Условия для вашей компании видны после входа."},
		{Method: string(credit.Line), Title: credit.Line.Title(), Reason: "Остаток на линии виден после входа."},
		{Method: string(credit.Invoice), Title: credit.Invoice.Title(), Reason: "Доступен любой компании после входа."},
	}}
}
