import { expect, goods, test } from '../support/fixtures';

test.use({ fresh: true });

test('double click on «Оформить заказ» and on «Перейти в СберБизнес» makes one order and one draft', async ({ page, shop, bank }) => {
  await shop.put(goods.armchair);
  await shop.enter('romashka-director');
  await shop.open('/checkout');
  await shop.choose('invoice');
  await shop.id('place-order').dblclick();
  await expect(page).toHaveURL(/\/orders\/[0-9A-Z]+/);
  await shop.id('pay-submit').dblclick();
  await page.waitForURL(/#\/payment-creator\//);
  await bank.payment();
  await shop.open('/orders');
  await expect(shop.id('order-row')).toHaveCount(1);
});

test('eight payments sent at once make one draft', async ({ shop, bank }) => {
  const number = await shop.order('romashka-director', goods.armchair, 'invoice');
  const form = { ...await shop.payForm(), method: 'invoice' };
  const answers = await Promise.all(Array.from({ length: 8 }, () => shop.post(`/orders/${number}/payments`, form)));
  for (const answer of answers) expect(answer.status()).toBe(303);
  const { externalId } = await bank.payment();
  const led = answers.map((answer) => answer.headers()['location']);
  expect(led.filter((to) => to.includes(externalId)).length).toBeGreaterThanOrEqual(1);
  for (const to of led) expect(to).toMatch(new RegExp(`payment-creator/${externalId}|^/orders/${number}`));

  await shop.open(`/orders/${number}`);
  await expect(shop.id('payment-card')).toHaveCount(1);
});

test('eight orders sent at once make one order', async ({ shop }) => {
  await shop.put(goods.armchair);
  await shop.enter('romashka-buyer');
  await shop.open('/checkout');
  const form = await shop.id('checkout-form').evaluate((f) => Object.fromEntries([...new FormData(f as HTMLFormElement)].map(([k, v]) => [k, String(v)])));
  const answers = await Promise.all(Array.from({ length: 8 }, () => shop.post('/orders', form)));
  for (const answer of answers) expect(answer.status()).toBe(303);
  const numbers = new Set(answers.map((answer) => answer.headers()['location'].match(/^\/orders\/(\w+)/)?.[1]));
  expect(numbers.size).toBe(1);
});

test('back after the redirect, then pay again: still the same draft', async ({ page, shop, bank }) => {
  const number = await shop.order('romashka-director', goods.armchair, 'invoice');
  await shop.pay();
  const { externalId } = await bank.payment();
  await page.goBack();
  await expect(page).toHaveURL(new RegExp(`/orders/${number}`));
  const again = shop.id('pay-submit');
  if (await again.isVisible()) await again.click();
  await expect(page).toHaveURL(new RegExp(`/orders/${number}|${externalId}`));
  expect((await bank.payment()).externalId).toBe(externalId);
  await shop.open(`/orders/${number}`);
  await expect(shop.id('open-bank')).toBeVisible();
  await expect(shop.id('pay-submit')).toHaveCount(0);
});
