import { atBank, expect, goods, test } from '../support/fixtures';

test('the merchant sees the connection, the list, the filter and one order’s full history', async ({ page, shop, bank, another }) => {
  const paid = await shop.order('romashka-director', goods.armchair, 'invoice');
  await shop.pay();
  await atBank.sign(page);
  await atBank.back(page);
  await shop.expectPaid('40 230 ₽');
  const unpaid = await shop.order('romashka-director', goods.board, 'invoice');

  const merchant = await another();
  await merchant.open('/admin');
  await expect(merchant.page).toHaveURL(/\/login\?return=%2Fadmin/);
  await merchant.signInHere('merchant-manager');
  await expect(merchant.page).toHaveURL(merchant.url('/admin'));
  await expect(merchant.id('admin-connection-state')).toContainText('Работает');
  await expect(merchant.id('admin-connection')).toContainText('Белова Ирина Олеговна');
  await merchant.id('admin-refresh-offers').click();
  await expect(merchant.id('notice')).toContainText('запрошены у банка заново');

  const row = (number: string) => merchant.page.locator(`[data-testid=admin-order-row][data-order="${number}"]`);
  await merchant.id('admin-orders').click();
  await expect(row(paid)).toContainText('Оплачен');
  await expect(row(unpaid)).toContainText('5 400');
  await merchant.id('admin-state').selectOption({ label: 'Оплачен' });
  await merchant.id('admin-filter').click();
  await expect(row(paid)).toBeVisible();
  await expect(row(unpaid)).toHaveCount(0);
  await merchant.id('admin-state').selectOption({ label: 'Любое' });
  for (const query of [unpaid, '9901011389']) {
    await merchant.id('admin-query').fill(query);
    await merchant.id('admin-filter').click();
    await expect(row(unpaid), `found by ${query}`).toBeVisible();
  }
  for (const query of ['ZZZZZZZZ', '9901012128', 'Дуэт']) {
    await merchant.id('admin-query').fill(query);
    await merchant.id('admin-filter').click();
    await expect(merchant.id('admin-empty'), `nothing is found by ${query}`).toBeVisible();
  }

  await merchant.open('/admin/orders');
  await row(paid).getByRole('link').click();
  const { externalId } = await bank.payment();
  await expect(merchant.id('payment-card')).toHaveAttribute('data-payment', externalId);
  await expect(merchant.id('payment-raw')).toHaveText('IMPLEMENTED');
  const history = merchant.id('order-history');
  for (const words of ['оформлен', 'документ отправлен в банк', 'документ ждёт подписи', 'оплачено', 'Лугин Пётр Андреевич', 'банк', 'IMPLEMENTED']) {
    await expect(history).toContainText(words);
  }
});

test('the merchant reads a document as the bank has it, changes the client secret and copies the address for notifications', async ({ page, shop, bank, another }) => {
  const number = await shop.order('romashka-director', goods.armchair, 'invoice');
  await shop.pay();
  await atBank.sign(page);
  await atBank.back(page);
  await shop.expectPaid('40 230 ₽');
  const { externalId } = await bank.payment();

  const merchant = await another();
  await merchant.enter('merchant-manager');
  await merchant.open(`/admin/orders/${number}`);
  await merchant.id('bank-document-link').click();
  await expect(merchant.page).toHaveURL(merchant.url(`/admin/orders/${number}/payments/${externalId}`));
  await expect(merchant.id('bank-document-status')).toContainText('Исполнен');
  for (const words of ['40 230,00 ₽', 'Ромашка', number, 'Подписей']) await expect(merchant.id('bank-document')).toContainText(words);
  await expect(merchant.id('bank-document-difference')).toHaveCount(0);

  await merchant.open('/admin');
  await expect(merchant.id('admin-secret')).toContainText('Магазин сменит его сам');
  await merchant.id('admin-change-secret').click();
  await expect(merchant.id('notice')).toContainText(/Секрет клиента сменён|меняют прямо сейчас/);
  await expect(merchant.id('hook-url')).toHaveValue(/\/hooks\/bank\/[0-9a-f]{40}$/);
  await shop.enter('romashka-director'); // with the new secret
});

test('nobody but the merchant’s own people gets in', async ({ shop }) => {
  await shop.enter('romashka-director');
  const number = await shop.order('romashka-director', goods.armchair, 'invoice');
  for (const path of ['/admin', '/admin/orders', `/admin/orders/${number}`]) {
    expect((await shop.open(path))?.status(), path).toBe(403);
    await expect(shop.id('error-page')).toContainText('Эта страница только для сотрудников магазина');
  }
  expect((await shop.post('/admin/offers/refresh', {})).status()).toBe(403);
  await expect(shop.id('admin-link')).toHaveCount(0);
});
