import { atBank, calls, expect, goods, test } from '../support/fixtures';

test.use({ fresh: true });

test('the bank never answered: the credit is said to be unknown, the invoice stays', async ({ shop, bank }) => {
  await shop.put(goods.armchair);
  await shop.enter('romashka-director');
  await bank.fault({ path: calls.anything, kind: 'status', status: 503, times: 0 });
  await shop.open('/checkout');
  await expect(shop.way('credit')).toContainText('Условия временно недоступны. Можно оплатить по счёту или вернуться позже: заказ сохранён.');
  await expect(shop.id('pay-method-credit')).toBeDisabled();
  await expect(shop.id('pay-method-invoice')).toBeChecked();
  await shop.place();

  await bank.clearFaults();
  await shop.page.reload();
  await expect(shop.id('pay-method-credit')).toBeEnabled();
});

test('the bank fell silent: older conditions with their time, and no credit by them', async ({ shop, bank, another }) => {
  const number = await shop.order('romashka-director', goods.armchair, 'credit');
  const merchant = await another();
  await merchant.enter('merchant-manager');
  await merchant.open('/admin');
  await merchant.id('admin-refresh-offers').click();
  await bank.fault({ path: calls.offers, kind: 'status', status: 503, times: 0 });
  await shop.open(`/orders/${number}`);
  await expect(shop.id('stale-notice')).toContainText(/Банк не отвечает, показаны условия на \d\d:\d\d. Перед оплатой мы запросим их ещё раз./);

  await shop.choose('credit');
  await shop.id('pay-submit').click();
  await expect(shop.id('message')).toContainText('недоступ');
  expect(await bank.documents()).toEqual([]);
  await shop.choose('invoice');
  await shop.pay();
  await bank.payment();
});

test('401 for a while: the token is refreshed once and the purchase goes on', async ({ page, shop, bank }) => {
  await shop.order('romashka-director', goods.armchair, 'invoice');
  await bank.fault({ method: 'POST', path: calls.draft, kind: 'status', status: 401 });
  await shop.pay();
  await atBank.sign(page);
  await atBank.back(page);
  await shop.expectPaid('40 230 ₽');
  await bank.payment();
});

test('401 for good: the buyer signs in again and comes back to his order, the same document goes out', async ({ page, shop, bank }) => {
  const number = await shop.order('romashka-director', goods.armchair, 'invoice');
  await bank.fault({ path: calls.anything, kind: 'status', status: 401, times: 0 });
  await shop.id('pay-submit').click();
  await expect(page).toHaveURL(/\/login\?return=/);
  await bank.clearFaults();
  await shop.signInHere('romashka-director');
  await expect(page).toHaveURL(shop.url(`/orders/${number}`));
  await expect(shop.id('open-bank')).toBeVisible();
  await bank.payment();
});

test('403: the right that is missing, what to do, and nothing lost', async ({ shop, bank }) => {
  await shop.order('romashka-director', goods.armchair, 'invoice');
  await bank.fault({ path: calls.draft, kind: 'status', status: 403, times: 0 });
  await shop.id('pay-submit').click();
  await expect(shop.id('message')).toContainText('PAY_DOC_RU_INVOICE_ANY');
  await expect(shop.id('message')).toContainText('войдите по СберБизнес ID ещё раз');
  expect(await bank.documents()).toEqual([]);
  await expect(shop.id('pay-submit')).toBeVisible();
});

test('429: the same document, a little later', async ({ page, shop, bank }) => {
  const number = await shop.order('romashka-director', goods.armchair, 'invoice');
  await bank.fault({ method: 'POST', path: calls.draft, kind: 'status', status: 429 });
  await shop.id('pay-submit').click();
  await expect(page).toHaveURL(new RegExp(`/orders/${number}|payment-creator`));
  await shop.open(`/orders/${number}`);
  await expect(shop.id('open-bank')).toBeVisible({ timeout: 15_000 });
  await bank.payment();
});

test('the session at the bank is lost: the bank asks who it is, the document is there', async ({ page, shop, bank }) => {
  await shop.order('romashka-director', goods.armchair, 'invoice');
  await bank.call('POST', '/api/sessions/forget');
  await shop.pay();
  await atBank.signIn(page, 'romashka-director');
  await atBank.sign(page);
  await atBank.back(page);
  await shop.expectPaid('40 230 ₽');
});
