import { atBank, expect, goods, test } from '../support/fixtures';

test('signed out on return: the page explains itself, asks to sign in and comes back to the order', async ({ page, shop, bank, demo }) => {
  const number = await shop.order('romashka-director', goods.armchair, 'invoice');
  await shop.pay();
  await atBank.sign(page);
  await page.context().clearCookies({ domain: new URL(demo.shop).hostname });
  const returned = page.waitForResponse((r) => r.url() === shop.url(`/orders/${number}`));
  await atBank.back(page);
  expect((await returned).status()).toBe(401);

  await expect(shop.id('order-signed-out')).toContainText('Войдите, чтобы увидеть заказ');
  await expect(shop.id('order-signed-out')).toContainText('Если вы только что подписали документ в банке, всё в порядке');
  await expect(page.getByText('40 230')).toHaveCount(0);
  await shop.signInHere('romashka-director');
  await expect(page).toHaveURL(shop.url(`/orders/${number}`));
  await shop.expectPaid('40 230 ₽');
  await bank.sees('IMPLEMENTED');
});

test('a number that nobody has is explained to a stranger in the same words', async ({ shop }) => {
  const answer = await shop.open('/orders/ZZZZZZZZZZ');
  expect(answer?.status()).toBe(401);
  await expect(shop.id('order-signed-out')).toBeVisible();
});
