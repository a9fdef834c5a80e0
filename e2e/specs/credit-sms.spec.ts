import { atBank, expect, goods, test } from '../support/fixtures';

test('new credit: conditions, request, SMS signature, paid', async ({ page, shop, bank }) => {
  await shop.add(goods.furniture);
  await shop.open('/cart');
  await expect(shop.id('decision-reason')).toContainText('Войдите по СберБизнес ID, чтобы увидеть условия для вашей компании');
  await shop.id('to-checkout').click();
  await expect(shop.way('credit')).toBeVisible();
  await expect(shop.id('pay-method-credit')).toBeDisabled();
  await shop.signInHere('romashka-director');

  await expect(page).toHaveURL(shop.url('/checkout'));
  await expect(shop.id('company-name')).toContainText('Ромашка');
  await expect(shop.way('credit')).toContainText('Кредит 184 500 ₽ на 12 месяцев под 21,5 % годовых. Примерный платёж 17 224 ₽ в месяц; точный график покажет банк.');
  await expect(shop.offer('MBKoo226')).toContainText('от 20 000 ₽ до 500 000 ₽');
  await expect(shop.offer('MBKoo226')).toContainText('Нужен ли залог?');
  await expect(shop.id('field-phone')).toHaveValue('+79000000202');
  await shop.choose('credit');
  await shop.offer('MBKoo226').getByTestId('pay-term').selectOption('6');
  const number = await shop.place();

  // What was chosen at checkout is still chosen on the order's page.
  await expect(shop.id('pay-method-credit')).toBeChecked();
  await expect(shop.offer('MBKoo226').getByTestId('pay-term')).toHaveValue('6');
  expect(await bank.documents()).toEqual([]);
  await shop.pay();

  const request = await bank.request();
  expect(page.url()).toBe(`${new URL(page.url()).origin}/ic/dcb/index.html#/credits/credit-financing/credit-partners?order=${request.externalId}`);
  expect(request).toMatchObject({ company: 'romashka', amount: 184500, creditAmount: 184500, order: number });
  expect(request.warnings ?? []).toEqual([]);
  expect(request.externalId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/);

  await atBank.submitCredit(page);
  await atBank.back(page);
  await expect(page).toHaveURL(shop.url(`/orders/${number}`));
  await shop.expectPaid('184 500 ₽');
  await expect(shop.id('payment-card')).toContainText('Новый кредит на 6 месяцев');
  await expect(shop.id('payment-status')).toContainText('Оплачено');

  expect(await bank.payment()).toMatchObject({ externalId: request.externalId, bankStatus: 'IMPLEMENTED', funding: 'credit', amount: 184500 });
  expect((await bank.request()).decision).toBe('approved');
  await shop.id('orders-link').click();
  await expect(shop.id('order-row').filter({ hasText: number })).toContainText('Оплачен');
  await expect(shop.id('cart-link')).not.toContainText('товар');
});
