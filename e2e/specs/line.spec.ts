import { atBank, expect, goods, test } from '../support/fixtures';

test.use({ fresh: true });

test('an active credit line pays the whole order', async ({ page, shop, bank }) => {
  await shop.put(goods.furniture);
  await shop.enter('sokolov');
  await shop.open('/cart');
  await expect(shop.id('limit-chip')).toHaveText('Линия: доступно 250 000 ₽');
  await expect(shop.id('decision')).toContainText('Кредитная линия № 5-2026/777: доступно 250 000 ₽. После оплаты останется 65 500 ₽.');
  await shop.toCheckout();
  await shop.choose('line');
  const number = await shop.place();
  await shop.pay();

  const draft = await bank.payment();
  expect(draft).toMatchObject({ bankStatus: 'CREATED', funding: 'line', contractNumber: '5-2026/777', amount: 184500, order: number });
  expect(page.url()).toContain(`/ic/dcb/index.html#/payment-creator/${draft.externalId}?backUrl=`);
  await atBank.sign(page);
  await atBank.back(page);

  await shop.expectPaid('184 500 ₽');
  await bank.sees('IMPLEMENTED');
  expect(Number((await bank.companyOf('sokolov')).contracts[0].availableSum)).toBe(65500);
});

test('what was spent from the line is not promised again', async ({ page, shop, bank }) => {
  await shop.order('sokolov', goods.furniture, 'line');
  await shop.pay();
  await atBank.sign(page);
  await atBank.back(page);
  await shop.expectPaid('184 500 ₽');
  await bank.sees('IMPLEMENTED');

  await shop.put(goods.furniture);
  await shop.open('/checkout');
  await expect(shop.way('line')).toContainText('На линии доступно 65 500 ₽');
  await expect(shop.way('line')).not.toContainText('250 000 ₽');
});
