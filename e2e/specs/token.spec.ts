import { expect, goods, test } from '../support/fixtures';

test('a Token user signs in and signs at his local agent', async ({ page, shop, bank, demo }) => {
  await shop.add(goods.armchair);
  await shop.open('/cart');
  await shop.id('to-checkout').click();
  await shop.id('login-token').click();
  await expect(page).toHaveURL((url) => url.origin === demo.token);
  await page.getByTestId('bank-login-person-niva-head').check();
  await page.getByTestId('bank-allow').click();

  await expect(page).toHaveURL(shop.url('/checkout'));
  await expect(shop.way('credit')).toContainText('19,9 % годовых');
  await shop.choose('credit');
  const number = await shop.place();
  await shop.pay();
  expect(new URL(page.url()).origin).toBe(demo.token);

  await page.getByTestId('credit-confirm').check();
  await page.getByTestId('bank-credit-submit').click();
  await page.getByTestId('token-confirm').click();
  await page.getByTestId('bank-return').click();
  await expect(page).toHaveURL(shop.url(`/orders/${number}`));
  await shop.expectPaid('40 230 ₽');
  expect(await bank.payment()).toMatchObject({ company: 'niva', bankStatus: 'IMPLEMENTED', funding: 'credit', amount: 40230 });
});

test('the way of signing in is remembered', async ({ shop }) => {
  await shop.signIn('niva-head', '/', 'token');
  await shop.id('logout').click();
  await shop.open('/login');
  await expect(shop.id('login-token')).toBeVisible();
  await expect(shop.page.getByText('В прошлый раз вы входили с токеном')).toBeVisible();
});

test('the bank’s own cabinet starts the sign-in at once, on the right contour', async ({ page, shop, demo }) => {
  await shop.open('/?loginDCB=true&userType=Token');
  await expect(page).toHaveURL((url) => url.origin === demo.token && url.pathname.endsWith('/oauth/authorize'));
  await shop.open('/?loginDCB=true&userType=WEB');
  await expect(page).toHaveURL((url) => url.origin === demo.bank && url.pathname.endsWith('/oauth/authorize'));
});
