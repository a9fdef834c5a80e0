import { atBank, expect, goods, test } from '../support/fixtures';

test.use({ demoArgs: ['-tls'] });

test('a purchase with the bank behind mutual TLS', async ({ page, shop, bank, demo }) => {
  expect(demo.bank).toMatch(/^https:/);
  await shop.add(goods.furniture);
  await shop.open('/cart');
  await shop.id('to-checkout').click();
  await shop.signInHere('romashka-director');
  await shop.choose('credit');
  const number = await shop.place();
  await shop.pay();
  expect(new URL(page.url()).origin).toBe(demo.bank);
  await atBank.submitCredit(page);
  await atBank.back(page);
  await expect(page).toHaveURL(shop.url(`/orders/${number}`));
  await shop.expectPaid('184 500 ₽');
  expect(await bank.payment()).toMatchObject({ bankStatus: 'IMPLEMENTED', funding: 'credit' });
});
