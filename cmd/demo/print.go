package main

import (
	"fmt"
	"io"

	"creditcart/internal/bankemu"
)

func printShop(w io.Writer, o options) {
	fmt.Fprintf(w, `
«Кредит в корзине»: демонстрация запущена, всё работает без интернета.

  Магазин               http://%s
  Кабинет продавца      http://%s/admin   (войдите как «Снабжение и сервис»)
  Банк (эмулятор)       %s
  Агент токена          http://%s
  Управление банком     http://%s   (подписать, отказать, сломать, перевести часы)

Кем войти на странице банка и что вы увидите:

  ООО «Ромашка»         новый кредит; Круглова покупает, Лугин подписывает
  ИП Соколов            кредитная линия 250 000 ₽: заказ оплачивается целиком с неё
  ГКФХ «Нива»           вход и подпись по токену
  ООО «Вектор»          на линии 10 000,50 ₽: часть с линии, остальное другим способом
  ООО «Дуэт»            документ подписывают двое
  ООО «Север»           банк не предлагает этой компании кредит: только счёт
  АО «Завод»            организационно-правовая форма не обслуживается: только счёт
  ООО «Тихая гавань»    нет предложений (204): сначала отзовите предложения для ООО на странице управления

Остановить: Ctrl+C. Данные демонстрации живут до остановки.
`, o.shop, o.shop, o.bankURL(), o.token, o.control)
}

func printBank(w io.Writer, o options, secret string, secure *transport) {
	fmt.Fprintf(w, `
The bank emulator is running.

  Bank (browser host)  %s
  API host             %s
  Token user's agent   http://%s
  Control page, JSON   http://%s

The settings of the shop for it, to be exported (or read as the settings of any other integration):

  BANK_AUTHORIZE_URL=%s
  BANK_AUTHORIZE_URL_TOKEN=http://%s
  BANK_API_URL=%s
  BANK_SIGN_URL_SMS=%s
  BANK_SIGN_URL_TOKEN=http://%s
  BANK_CLIENT_ID=%s
  BANK_CLIENT_SECRET=%s
  BANK_SCOPE='%s'
  SHOP_BASE_URL=http://%s
  MERCHANT_NAME='%s'
  MERCHANT_INN=%s
  MERCHANT_KPP=%s
  MERCHANT_ACCOUNT=%s
  MERCHANT_BIC=%s
  MERCHANT_CORR_ACCOUNT=%s
  BANK_CONTROL=http://%s
`, o.bankURL(), o.apiURL(), o.token, o.control, o.bankURL(), o.token, o.apiURL(), o.bankURL(), o.token, clientID, secret, scope, o.shop,
		bankemu.MerchantName, bankemu.MerchantINN, bankemu.MerchantKPP, bankemu.MerchantAccount, bankemu.MerchantBIC, bankemu.MerchantCorrAccount, o.control)
	if secure != nil {
		fmt.Fprintf(w, `  BANK_TLS_P12=%s
  BANK_TLS_P12_PASSWORD=%s
  BANK_CA_FILE=%s

The API host demands the client certificate: curl --cacert %s --cert-type P12 --cert %s:PASSWORD
`, secure.p12, secure.password, secure.ca, secure.ca, secure.p12)
	}
	fmt.Fprintf(w, `
redirect_uri: http://%s/login/callback; nothing needs to listen there. Stop: Ctrl+C.
`, o.shop)
}
