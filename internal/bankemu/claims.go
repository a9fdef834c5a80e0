package bankemu

import (
	"slices"
	"time"
)

// claims are all that user-info can tell (bank-api 1.9, «Claims»), by name; what the scenario does not say is derived
// from ids and stays the same from run to run.
func (b *Bank) claims(g *grant, co *Company, p *Person, now time.Time) map[string]any {
	claims := co.claims(now)
	for name, value := range p.claims(co) {
		claims[name] = value
	}
	accounts := []map[string]string{}
	k := b.consentOf(g)
	for _, a := range co.Accounts {
		if k != nil && slices.Contains(k.accounts, a.Number) && a.State != "CLOSED" {
			accounts = append(accounts, map[string]string{"accountNumber": a.Number, "bic": a.BIC, "corrAccountNumber": a.Corr})
		}
	}
	claims["accounts"] = accounts
	if k != nil {
		claims["offerExpirationDate"] = k.until.In(moscow).Format(day)
	}
	for name, value := range co.Claims {
		if value == nil {
			delete(claims, name)
		} else {
			claims[name] = value
		}
	}
	return claims
}

func (co *Company) claims(now time.Time) map[string]any {
	claims := map[string]any{
		"inn": co.INN, "orgKpp": co.KPP, "orgOgrn": co.OGRN, "orgOkpo": digits(8, "okpo", co.ID), "orgOktmo": "45" + digits(6, "oktmo", co.ID),
		"OrgName": co.Name, "orgFullName": co.FullName, "orgLawForm": co.LawForm, "orgLawFormShort": co.LawFormShort,
		"orgJuridicalAddress": co.Address, "orgActualAddress": co.Address,
		"terBank": "Московский Банк Сбербанка РФ", "tbIdentCode": "38",
		"HashOrgId": hash64("org", co.ID), "orgPprbId": digits(19, "pprb", co.ID), "eksEpkId": digits(19, "epk", co.ID),
		"orgBusinessSegment": co.segment(), "active": 1, "sbbol3": true, "nonClient": false, "orgUnconfirmed": false, "inquiryOrder": true,
		"buyOnCreditMmb": co.BuyOnCredit, "hasActiveCreditLine": co.HasActiveLine,
		"offerSmartCredit": co.BuyOnCredit, "summOfferSmartCredit": 0,
	}
	if co.BuyOnCredit {
		claims["summOfferSmartCredit"] = 1_000_000
	}
	switch {
	case co.LineAvailable != nil:
		claims["creditLineAvailableSum"] = co.LineAvailable.StringFixed(2)
	case co.HasActiveLine && co.shownLine(now) != nil:
		claims["creditLineAvailableSum"] = co.shownLine(now).AvailableSum.StringFixed(2)
	}
	return claims
}

// segment is 02 or 03 for those whom «Кредит в корзине» serves (bank-api 2.3).
func (co *Company) segment() string {
	switch co.LawFormShort {
	case "ИП", "ГКФХ":
		return "02"
	case "ООО":
		return "03"
	}
	return "04"
}

func (p *Person) claims(co *Company) map[string]any {
	claims := map[string]any{
		"name": p.Name, "email": p.Email, "emailConfirmed": p.Email != "", "phone_number": p.Phone, "userPosition": p.Position,
		"userCryptoType": p.CryptoType, "userGuid": uuidFrom("person", p.ID), "digitalId": digits(19, "digital", p.ID),
		"digitalUserId": digits(19, "digitalUser", p.ID), "epkSflId": digits(19, "sfl", p.ID),
		"isIdentified": true, "isCorpCardHolder": false, "individualExecutiveAgency": 0,
		"userGroups": "Сотрудник", "userRoles": []string{"Просмотр", "Создание документов"}, "userSignatureType": "Без права подписи",
	}
	if !p.MaySign {
		return claims
	}
	claims["userGroups"] = "Руководитель"
	claims["userRoles"] = []string{"Просмотр", "Создание документов", "Подпись документов"}
	claims["userSignatureType"] = "Единственная подпись"
	if co.signaturesNeeded() > 1 {
		claims["userSignatureType"] = "Первая или вторая подпись"
	} else {
		claims["individualExecutiveAgency"] = 1
	}
	return claims
}

// digits is a number of n digits that depends on the parts only and does not begin with 0.
func digits(n int, parts ...string) string {
	out := []byte(hash64(parts...))[:n]
	for i, c := range out {
		out[i] = '0' + c%10
	}
	if out[0] == '0' {
		out[0] = '1'
	}
	return string(out)
}
