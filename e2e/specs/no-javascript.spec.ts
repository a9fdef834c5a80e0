import { atBank, expect, goods, test } from '../support/fixtures';

test('the whole purchase with JavaScript off in the shop', async ({ another, bank }) => {
  const shop = await another({ javaScriptEnabled: false });
  await shop.add(goods.armchair, 2);
  await shop.id('cart-qty').fill('1');
  await shop.id('cart-update').click();
  await expect(shop.id('total')).toHaveText('40 230 ₽');
  await shop.id('to-checkout').click();
  await shop.signInHere('romashka-director');
  await shop.choose('credit');
  await shop.offer('MBKoo226').getByTestId('pay-term').selectOption('3');
  const number = await shop.place();
  await expect(shop.offer('MBKoo226').getByTestId('pay-term')).toHaveValue('3');
  await shop.pay();
  await expect(shop.page.locator('noscript p')).toContainText('Для страниц банка нужен JavaScript');
  const request = await bank.request();
  expect(request).toMatchObject({ amount: 40230, creditAmount: 40230 });

  // The bank's own pages need a script: the same person opens the same address where there is one.
  const address = shop.page.url();
  const atBankWithScripts = await another({ storageState: await shop.page.context().storageState() });
  await shop.open(`/orders/${number}`);
  await expect(shop.id('payment-card')).toContainText('Кредитная заявка ждёт подписи');
  await atBankWithScripts.page.goto(address);
  await atBank.submitCredit(atBankWithScripts.page);
  await bank.sees('IMPLEMENTED');

  // The open page reloads itself by its <meta refresh>.
  await expect(shop.id('order-status')).toContainText('Оплачен', { timeout: 25_000 });
  await shop.expectPaid('40 230 ₽');
  await shop.id('orders-link').click();
  await shop.id('orders-state').selectOption({ label: 'Оплачен' });
  await shop.id('orders-filter').click();
  await expect(shop.id('order-row').filter({ hasText: number })).toBeVisible();
  await shop.id('logout').click();
  await expect(shop.id('login-link')).toBeVisible();
});

test('search, sorting and pages work without JavaScript', async ({ another }) => {
  const shop = await another({ javaScriptEnabled: false });
  await shop.open('/');
  await expect(shop.id('product-card')).toHaveCount(24);
  await shop.id('pager-next').click();
  await expect(shop.page).toHaveURL(/page=2/);
  await shop.id('sort').selectOption({ label: 'Сначала дешевле' });
  await shop.id('sort-submit').click();
  await expect(shop.id('product-card').first()).toContainText('12,50 ₽');
  await shop.id('search-input').fill('КРЕСЛО осанта');
  await shop.id('search-submit').click();
  await expect(shop.id('product-card').filter({ hasText: 'Кресло офисное' })).toBeVisible();
  await shop.id('search-input').fill('абракадабра');
  await shop.id('search-submit').click();
  await expect(shop.id('search-empty')).toBeVisible();
  await shop.id('nearest-category').click();
  await expect(shop.id('product-card').first()).toBeVisible();
});
