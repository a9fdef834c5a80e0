import { atBank, expect, goods, test } from '../support/fixtures';

test.use({ fresh: true });

test('a part from the line, the rest by invoice', async ({ page, shop, bank }) => {
  await shop.put(goods.armchair);
  await shop.enter('vektor-director');
  await shop.open('/checkout');
  await expect(shop.way('line')).toContainText('На линии доступно 10 000,50 ₽. Оплатите эту часть сейчас, а оставшиеся 30 229,50 ₽ другим способом, когда первый платёж исполнится.');
  await expect(shop.way('line').getByTestId('pay-rest')).toHaveText('Останется оплатить 30 229,50 ₽');
  await shop.choose('line');
  const number = await shop.place();
  await shop.pay();
  expect(await bank.payment()).toMatchObject({ funding: 'line', amount: 10000.5, order: number });
  await atBank.sign(page);
  await atBank.back(page);

  await expect(shop.id('order-status')).toContainText('Оплачен частично');
  await expect(shop.id('order-paid')).toHaveText('10 000,50 ₽');
  await expect(shop.id('order-due')).toHaveText('30 229,50 ₽');
  await expect(page.getByRole('heading', { name: 'Оплатите оставшиеся 30 229,50 ₽' })).toBeVisible();
  // The line is spent: it must not be offered once more.
  await expect(shop.id('pay-method-line')).toBeDisabled();

  await shop.choose('invoice');
  await shop.pay();
  await atBank.sign(page);
  await atBank.back(page);
  await shop.expectPaid('40 230 ₽');
  const documents = await bank.documents();
  expect(documents.map((d) => [d.funding, d.amount, d.bankStatus])).toEqual([['line', 10000.5, 'IMPLEMENTED'], ['own', 30229.5, 'IMPLEMENTED']]);
  expect(new Set(documents.map((d) => d.externalId)).size).toBe(2);
});
