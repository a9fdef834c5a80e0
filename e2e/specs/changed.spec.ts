import { atBank, expect, goods, Shop, test } from '../support/fixtures';

test('the cart changed in another tab: 409 with the difference, no order; agreed, then ordered', async ({ page, shop, bank }) => {
  await shop.put(goods.armchair);
  await shop.enter('romashka-director');
  await shop.open('/checkout');
  await shop.id('field-comment').fill('Пропуск на Лугина');
  const other = await page.context().newPage();
  await other.goto(shop.url('/cart'));
  await other.getByTestId('cart-qty').fill('2');
  await other.getByTestId('cart-update').click();
  await expect(other.getByTestId('total')).toHaveText('80 460 ₽');
  await other.close();

  const answer = page.waitForResponse((r) => r.url() === shop.url('/orders') && r.request().method() === 'POST');
  await shop.id('place-order').click();
  expect((await answer).status()).toBe(409);
  await expect(shop.id('changed-page')).toContainText('Корзина изменилась');
  await expect(shop.id('change')).toHaveCount(1);
  await expect(shop.id('change')).toContainText('1 × 40 230 ₽');
  await expect(shop.id('change')).toContainText('2 × 40 230 ₽');
  await shop.id('confirm-changes').click();
  await expect(shop.id('order-total')).toHaveText('80 460 ₽');
  await expect(page.getByText('Пропуск на Лугина')).toBeVisible();
  expect(await bank.documents()).toEqual([]);
});

test('two tabs, both submit: one order, and the second tab says that it is there already', async ({ page, shop, bank }) => {
  await shop.put(goods.armchair);
  await shop.enter('romashka-director');
  const other = new Shop(await page.context().newPage(), shop.demo);
  for (const tab of [shop, other]) {
    await tab.open('/checkout');
    await tab.choose('invoice');
  }
  const number = await shop.place();
  expect(await other.place()).toBe(number);
  await expect(other.id('notice')).toContainText('Этот заказ уже оформлен. Второго по той же корзине мы не создали.');
  await expect(other.id('pay-submit')).toBeVisible();
  await other.open('/orders');
  await expect(other.id('order-row').filter({ hasText: number })).toHaveCount(1);
  expect(await bank.documents()).toEqual([]);
});

test('an order stands still while the cart lives on', async ({ shop }) => {
  const number = await shop.order('romashka-director', goods.armchair, 'invoice');
  await shop.put(goods.board);
  await shop.open(`/orders/${number}`);
  await expect(shop.id('order-total')).toHaveText('40 230 ₽');
  await expect(shop.id('order-line')).toHaveCount(1);
  await expect(shop.id('cart-link')).toContainText('5 400 ₽');
});

test.describe('with a program of its own', () => {
  test.use({ fresh: true });

  test('the limit fell between the page and the click: what changed, and the question again', async ({ page, shop, bank, another }) => {
    const offer = (await bank.state()).offers['ООО'][0];
    await shop.put(goods.board); // under sumMin, so creditAmount is the bank's minimum
    await shop.enter('romashka-director');
    await shop.open('/checkout');
    await shop.choose('credit');
    await shop.offer('MBKoo226').getByTestId('pay-product').check();
    const number = await shop.place();
    await expect(shop.way('credit')).toContainText('20 000 ₽');

    await bank.offers('ООО', [{ ...offer, sumMin: '30000.00', rate: '24.9' }]);
    const merchant = await another();
    await merchant.enter('merchant-manager');
    await merchant.open('/admin');
    await merchant.id('admin-refresh-offers').click();
    const answer = page.waitForResponse((r) => r.url().endsWith(`/orders/${number}/payments`));
    await shop.id('pay-submit').click();
    expect((await answer).status()).toBe(409);
    await expect(shop.id('changed-page')).toContainText('Условия изменились');
    await expect(shop.id('change').filter({ hasText: 'Сумма кредита' })).toContainText('30 000,00 ₽');
    await expect(shop.id('change').filter({ hasText: 'Ставка' })).toContainText(/24[.,]9/);
    expect(await bank.documents()).toEqual([]);

    await shop.id('confirm-changes').click();
    await page.waitForURL(/#\/credits\//);
    expect(await bank.request()).toMatchObject({ amount: 5400, creditAmount: 30000 });
    await atBank.submitCredit(page);
    await atBank.back(page);
    await shop.expectPaid('5 400 ₽');
  });

  test('the limit fell below the order: the credit is refused before the bank, the invoice pays', async ({ page, shop, bank, another }) => {
    const offer = (await bank.state()).offers['ООО'][0];
    await shop.order('romashka-director', goods.armchair, 'credit');
    await bank.offers('ООО', [{ ...offer, sumMax: '30000.00' }]);
    const merchant = await another();
    await merchant.enter('merchant-manager');
    await merchant.open('/admin');
    await merchant.id('admin-refresh-offers').click();
    await shop.id('pay-submit').click();
    await expect(shop.id('message')).toContainText('Кредит доступен на сумму до 30 000 ₽, заказ дороже на 10 230 ₽');
    await expect(shop.id('pay-method-credit')).toBeDisabled();
    expect(await bank.documents()).toEqual([]);
    await shop.choose('invoice');
    await shop.pay();
    await atBank.sign(page);
    await atBank.back(page);
    await shop.expectPaid('40 230 ₽');
  });
});
