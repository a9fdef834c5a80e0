import { atBank, expect, goods, test } from '../support/fixtures';

test('dearer than one offer: that offer says by how much, another one pays', async ({ page, shop, bank }) => {
  await shop.put(goods.warehouse);
  await shop.enter('romashka-director');
  await shop.open('/checkout');
  const small = shop.offer('MBKoo226');
  await expect(small.getByTestId('pay-product')).toBeDisabled();
  await expect(small).toContainText('Кредит доступен на сумму до 500 000 ₽, заказ дороже на 84 500 ₽. Уберите товаров на эту сумму или выберите другой способ.');
  await shop.choose('credit');
  await shop.offer('MBKoo301').getByTestId('pay-product').check();
  await shop.place();
  await shop.pay();
  expect(await bank.request()).toMatchObject({ amount: 584500, creditAmount: 584500 });
  await atBank.submitCredit(page);
  await atBank.back(page);
  await shop.expectPaid('584 500 ₽');
});

test('dearer than every offer: the line’s part is offered, a smaller cart opens the credit', async ({ page, shop, bank }) => {
  await shop.put(goods.warehouse);
  await shop.enter('sokolov');
  await shop.open('/checkout');
  await expect(shop.id('pay-method-credit')).toBeDisabled();
  await expect(shop.way('credit')).toContainText('Кредит доступен на сумму до 300 000 ₽, заказ дороже на 284 500 ₽.');
  await expect(shop.way('credit')).toContainText('Часть заказа, 250 000 ₽, можно оплатить с кредитной линии.');
  await expect(shop.way('line')).toContainText('На линии доступно 250 000 ₽');

  // A form that chooses the credit all the same gets no document.
  await shop.choose('invoice');
  const number = await shop.place();
  const form = await shop.payForm();
  const answer = await shop.post(`/orders/${number}/payments`, { ...form, method: 'credit', product_code: 'MBKip225', term: '12', decision: '' });
  expect(answer.status()).toBe(422);
  expect(await answer.text()).toContain('Этот способ оплаты сейчас недоступен');
  expect(await bank.documents()).toEqual([]);

  // «Изменить заказ» leads to the cart, where fewer goods make the credit possible.
  await shop.put(goods.warehouse);
  await shop.open('/checkout');
  await shop.id('change-cart').click();
  await expect(page).toHaveURL(shop.url('/cart'));
  await shop.id('cart-remove').click();
  await expect(shop.id('cart-empty')).toBeVisible();
  await shop.put(goods.furniture);
  await shop.open('/checkout');
  await expect(shop.id('pay-method-credit')).toBeEnabled();
});
