package main

import "fmt"

func printShop(o options) {
	fmt.Printf(`
«Кредит в корзине»: демонстрация запущена, всё работает без интернета.

  Магазин               http://%s
  Кабинет продавца      http://%s/admin   (войдите как «Снабжение и сервис»)
  Банк (эмулятор)       http://%s
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
`, o.shop, o.shop, o.bank, o.token, o.control)
}

func printBank(o options, secret string) {
	fmt.Printf(`
The bank emulator is running.

  Bank (browser and API host)  http://%s
  Token user's agent           http://%s
  Control page and JSON        http://%s

  client_id                    %s
  client_secret                %s
  redirect_uri                 http://%s/login/callback
  scope                        %s

Stop: Ctrl+C.
`, o.bank, o.token, o.control, clientID, secret, o.shop, scope)
}
