import { atBank, expect, goods, test } from '../support/fixtures';

test.use({ fresh: true });

test('cheaper than sumMin: the buyer is told before he agrees, the bank gets creditAmount = sumMin', async ({ page, shop, bank }) => {
  const words = 'Минимальная сумма кредита 20 000 ₽. Банк оформит лимит на 20 000 ₽ и оплатит заказ на 5 400 ₽; остаток лимита сможете использовать потом.';
  await shop.put(goods.board);
  await shop.enter('romashka-director');
  await shop.open('/checkout');
  await expect(shop.way('credit').getByTestId('pay-note')).toHaveText(words);
  await shop.choose('credit');
  await shop.offer('MBKoo226').getByTestId('pay-product').check();
  await shop.place();
  await expect(shop.way('credit').getByTestId('pay-note')).toHaveText(words);
  await shop.pay();
  expect(await bank.request()).toMatchObject({ amount: 5400, creditAmount: 20000 });

  await atBank.submitCredit(page);
  await atBank.back(page);
  await shop.expectPaid('5 400 ₽');
  await expect(shop.id('payment-card')).toContainText('20 000 ₽');
  expect(await bank.payment()).toMatchObject({ bankStatus: 'IMPLEMENTED', amount: 5400 });
  expect(Number((await bank.companyOf('romashka')).contracts[0].availableSum)).toBe(14600);
});

test('an offer whose minimum is above the order says so itself, also beside one that fits', async ({ shop }) => {
  await shop.put(goods.armchair);
  await shop.enter('romashka-director');
  await shop.open('/checkout');
  await expect(shop.offer('MBKoo301')).toContainText('Минимальная сумма кредита 100 000 ₽. Банк оформит лимит на 100 000 ₽ и оплатит заказ на 40 230 ₽');
  await expect(shop.offer('MBKoo226')).not.toContainText('Минимальная сумма кредита');
});
