import { expect, goods, test } from '../support/fixtures';

test('bad quantities: said beside the field, nothing changed', async ({ shop }) => {
  await shop.put(goods.armchair);
  for (const quantity of ['-1', '1000000000', 'три', '', '1.5', '99999999999999999999']) {
    const cart = await shop.post(`/cart/items/${goods.armchair.id}`, { quantity });
    expect(cart.status(), quantity).toBe(422);
    expect(await cart.text()).toContain('error-summary');
    expect((await shop.post('/cart', { product: goods.armchair.id, quantity })).status(), quantity).toBe(422);
  }
  expect((await shop.post('/cart', { product: goods.armchair.id, quantity: '0' })).status()).toBe(422);
  await shop.open('/cart');
  await expect(shop.id('cart-qty')).toHaveValue('1');
});

test('unknown goods, categories, orders and addresses: 404 or 422 with a way back', async ({ shop }) => {
  expect((await shop.post('/cart', { product: 'nothing', quantity: '1' })).status()).toBe(422);
  await shop.enter('romashka-director');
  for (const path of ['/p/nothing', '/c/nothing', '/orders/ZZZZZZZZZZ', '/nothing']) {
    expect((await shop.open(path))?.status(), path).toBe(404);
    await expect(shop.id('error-page')).toBeVisible();
    await expect(shop.id('error-reference')).not.toBeEmpty();
    await expect(shop.id('error-back')).toBeVisible();
  }
  expect((await shop.post('/', {})).status()).toBe(405);
});

test('an order of another company is not found, for reading and for everything else', async ({ shop, another, bank }) => {
  const number = await shop.order('romashka-director', goods.armchair, 'invoice');
  const stranger = await another();
  await stranger.enter('sever-director');
  expect((await stranger.open(`/orders/${number}`))?.status()).toBe(404);
  await expect(stranger.id('error-page')).toContainText('Такого заказа нет');
  await expect(stranger.page.getByText('40 230')).toHaveCount(0);
  for (const action of ['payments', 'cancel', 'repeat']) {
    expect((await stranger.post(`/orders/${number}/${action}`, { method: 'invoice', confirm: 'yes' })).status(), action).toBe(404);
  }
  expect((await stranger.page.request.get(stranger.url(`/orders/${number}/events`))).status()).toBe(404);
  await stranger.open('/orders');
  await expect(stranger.id('orders-empty')).toBeVisible();
  expect(await bank.documents()).toEqual([]);
  await shop.open(`/orders/${number}`);
  await expect(shop.id('order-status')).toContainText('Ждёт оплаты');
});

test('a form of another site changes nothing', async ({ shop }) => {
  await shop.put(goods.armchair);
  const answer = await shop.page.request.post(shop.url('/cart'), {
    form: { product: goods.board.id, quantity: '1' }, headers: { Origin: 'https://evil.example' }, maxRedirects: 0,
  });
  expect(answer.status()).toBe(403);
  await shop.open('/cart');
  await expect(shop.id('cart-line')).toHaveCount(1);
});

test('a mistake in the contact is shown at its field; what was typed stays', async ({ page, shop }) => {
  await shop.put(goods.armchair);
  await shop.enter('romashka-director');
  await shop.open('/checkout');
  await shop.id('field-phone').fill('12');
  await shop.id('field-comment').fill('Третий подъезд');
  await shop.id('place-order').click();
  await expect(shop.id('error-summary')).toBeFocused();
  await shop.id('error-summary').getByRole('link').click();
  await expect(shop.id('field-phone')).toBeFocused();
  await expect(shop.id('field-phone')).toHaveAttribute('aria-invalid', 'true');
  await expect(shop.id('field-comment')).toHaveValue('Третий подъезд');
  await shop.id('field-phone').fill('');
  await shop.place();
  await expect(page.getByText('Третий подъезд')).toBeVisible();
});

test('cancel: before a document it is plain, with a live one the truth is told', async ({ page, shop, bank }) => {
  const number = await shop.order('romashka-director', goods.armchair, 'invoice');
  await shop.pay();
  await page.goto(shop.url(`/orders/${number}`));
  await shop.id('cancel-order').click();
  await expect(shop.id('cancel-page')).toContainText('Отозвать документ может только ваша компания в СберБизнес. Отклоните его там, и заказ закроется сам.');
  await shop.id('confirm-cancel').click();
  await expect(shop.id('order-status')).toContainText('Отмена запрошена');
  await expect(shop.id('pay-submit')).toHaveCount(0);
  await bank.decline((await bank.payment()).externalId);
  await expect(shop.id('order-status')).toContainText('Отменён');

  await shop.id('repeat-order').click();
  await expect(shop.id('cart-line')).toHaveCount(1);
});

test('money that came after the wish to cancel is never denied', async ({ page, shop, bank }) => {
  const number = await shop.order('romashka-director', goods.armchair, 'invoice');
  await shop.pay();
  await page.goto(shop.url(`/orders/${number}`));
  await shop.id('cancel-order').click();
  await shop.id('confirm-cancel').click();
  await bank.sign((await bank.payment()).externalId);
  await shop.expectPaid('40 230 ₽');
});
