import { calls, expect, goods, test } from '../support/fixtures';

// Scenarios of docs/reliability.md after which a shop would remember too much: each has a program of its own.

test.use({ fresh: true });

test('a sum at the very edge of an offer: allowed to the kopeck, refused by a kopeck', async ({ shop, bank, another }) => {
  const offer = (await bank.state()).offers['ООО'][0];
  const edges = { EDGE1: ['40230.00', '50000.00'], EDGE2: ['20000.00', '40230.00'], EDGE3: ['40230.01', '50000.00'], EDGE4: ['20000.00', '40229.99'] };
  await bank.offers('ООО', Object.entries(edges).map(([productCode, [sumMin, sumMax]]) => ({ ...offer, productCode, sumMin, sumMax })));
  const merchant = await another();
  await merchant.enter('merchant-manager');
  await merchant.open('/admin');
  await merchant.id('admin-refresh-offers').click();
  await shop.put(goods.armchair);
  await shop.enter('romashka-director');
  await shop.open('/checkout');
  for (const code of ['EDGE1', 'EDGE2']) {
    await expect(shop.offer(code).getByTestId('pay-product')).toBeEnabled();
    await expect(shop.offer(code)).not.toContainText('Минимальная сумма');
  }
  await expect(shop.offer('EDGE3').getByTestId('pay-product')).toBeEnabled();
  await expect(shop.offer('EDGE3')).toContainText('Минимальная сумма кредита 40 230,01 ₽. Банк оформит лимит на 40 230,01 ₽ и оплатит заказ на 40 230 ₽');
  await expect(shop.offer('EDGE4').getByTestId('pay-product')).toBeDisabled();
  await expect(shop.offer('EDGE4')).toContainText('Кредит доступен на сумму до 40 229,99 ₽, заказ дороже на 0,01 ₽.');
});

test('nobody’s sign-in works any more: the document is kept, a new sign-in tells how it stands', async ({ shop, bank }) => {
  const number = await shop.order('romashka-director', goods.armchair, 'invoice');
  await shop.pay();
  await bank.fault({ path: calls.anything, kind: 'status', status: 401, times: 0 });
  await expect(async () => {
    await shop.open(`/orders/${number}`);
    await expect(shop.page.locator('body')).toContainText('Вход в СберБизнес ID истёк, поэтому мы не можем спросить банк о документе. Новый создавать не нужно: достаточно, чтобы вошёл любой сотрудник вашей компании.', { timeout: 1 });
  }).toPass({ intervals: [500], timeout: 15_000 });
  await expect(shop.id('payment-card')).toContainText('Документ ждёт подписи');
  await bank.status((await bank.payment()).externalId, 'SIGNED');
  await bank.clearFaults();
  await shop.id('login-again').click();
  await shop.signInHere('romashka-director');
  await expect(shop.page).toHaveURL(shop.url(`/orders/${number}`));
  await expect(shop.id('payment-card')).toContainText('Банк обрабатывает документ');
  await expect(shop.id('login-again')).toHaveCount(0);
});

test('the client secret has ended: no credit, the order is taken all the same', async ({ shop, bank }) => {
  await shop.put(goods.armchair);
  await shop.enter('sokolov');
  await bank.call('POST', '/api/settings', { secretLife: '1h' });
  await bank.call('POST', '/api/clock', { advance: '2h' }); // the tokens have ended, too, and are not refreshed without it
  await shop.open('/checkout');
  await expect(shop.way('credit')).toContainText('Условия временно недоступны. Можно оплатить по счёту или вернуться позже: заказ сохранён.');
  await expect(shop.id('pay-method-credit')).toBeDisabled();
  await expect(shop.id('pay-method-invoice')).toBeChecked();
  await shop.place();
  await expect(shop.id('order-status')).toContainText('Ждёт оплаты');
});

test('the bank is away: the order is taken, the page says what it knows and when it asks again; then the bank is back', async ({ shop, bank }) => {
  const number = await shop.order('romashka-director', goods.armchair, 'invoice');
  await bank.fault({ path: calls.anything, kind: 'status', status: 503, times: 0 });
  await shop.id('pay-submit').click();
  await expect(shop.page).toHaveURL(shop.url(`/orders/${number}`));
  await expect(shop.id('payment-card')).toContainText('Проверяем, принял ли банк документ. Обычно это занимает до минуты. Новый создавать не нужно.');
  await expect(shop.id('pay-form')).toHaveCount(0);
  for (const path of ['/', '/cart', '/orders']) expect((await shop.page.request.get(shop.url(path))).status()).toBe(200);
  await bank.clearFaults();
  await shop.open(`/orders/${number}`);
  await expect(shop.id('open-bank')).toBeVisible({ timeout: 20_000 });
  await bank.payment();
});

test.describe('one clock', () => {
  test.use({ demoArgs: ['-one-clock'] });

  test('the time to sign is over and the bank says nothing: late, then paid all the same', async ({ shop, bank }) => {
    const number = await shop.order('romashka-director', goods.armchair, 'invoice');
    await shop.pay();
    await bank.fault({ method: 'GET', path: calls.state, kind: 'html', times: 0 });
    await bank.status((await bank.payment()).externalId, 'IMPLEMENTED');
    await bank.call('POST', '/api/clock', { advance: '264h' });
    await shop.enter('romashka-director');
    await shop.open(`/orders/${number}`);
    await expect(shop.id('payment-card')).toContainText(/Срок подписи истёк \d+\s[а-я]+\. Если документ всё же исполнят, мы зачтём оплату\./);
    await expect(shop.id('order-status')).toContainText('Срок подписи истёк');
    await expect(shop.id('pay-otherwise')).toBeVisible();
    await bank.clearFaults();
    await expect(async () => {
      await shop.open(`/orders/${number}`);
      await expect(shop.id('order-status')).toContainText('Оплачен', { timeout: 1 });
    }).toPass({ intervals: [500], timeout: 15_000 });
    await shop.expectPaid('40 230 ₽');
  });
});
