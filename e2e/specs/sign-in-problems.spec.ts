import { atBank, calls, expect, goods, test } from '../support/fixtures';

test.beforeEach(async ({ shop }) => { await shop.put(goods.armchair); });

test.afterEach(async ({ shop }) => {
  await shop.open('/cart');
  await expect(shop.id('cart-line'), 'the cart is never lost').toHaveCount(1);
});

test('the buyer refuses at the bank: said so, one way to try again, which works', async ({ page, shop }) => {
  await shop.open('/login?return=/checkout');
  await shop.id('login-sms').click();
  const denied = page.waitForResponse(/login\/callback/);
  await page.getByTestId('bank-deny').click();
  expect((await denied).status()).toBe(403);
  await expect(shop.id('error-page')).toContainText('Вы отменили вход');
  await expect(shop.id('error-reference')).not.toBeEmpty();
  await shop.id('error-back').click();
  await atBank.signIn(page, 'romashka-director');
  await expect(page).toHaveURL(shop.url('/checkout'));
});

test('the callback opened twice: the second is refused, the session stays', async ({ page, shop }) => {
  const first = page.waitForRequest(/login\/callback\?/);
  await shop.signIn('romashka-director');
  const address = (await first).url();
  expect((await page.goto(address))?.status()).toBe(400);
  await expect(shop.id('error-page')).toContainText('Эта ссылка для входа больше не действует');
  await expect(shop.id('company-name')).toContainText('Ромашка');
});

test('a callback of another browser, of nobody, without a code', async ({ page, shop, another }) => {
  await shop.open('/login');
  await shop.id('login-sms').click();
  const authorize = page.url();
  const stranger = await another();
  await stranger.page.goto(authorize);
  const foreign = stranger.page.waitForResponse(/login\/callback/);
  await atBank.signIn(stranger.page, 'romashka-director');
  expect((await foreign).status()).toBe(400);
  await expect(stranger.id('login-link')).toBeVisible();
  for (const query of ['', '?code=x', '?code=x&state=y', '?state=y']) {
    expect((await stranger.open(`/login/callback${query}`))?.status(), query).toBe(400);
    await expect(stranger.id('error-page')).toBeVisible();
  }
});

for (const [claim, claims] of Object.entries({ aud: { aud: '999' }, nonce: { nonce: 'x' }, exp: { exp: 1 } })) {
  test(`an id_token with a wrong ${claim} lets nobody in`, async ({ page, shop, bank }) => {
    await bank.fault({ path: calls.token, kind: 'bad-jwt', claims });
    await shop.open('/login');
    const answer = page.waitForResponse(/login\/callback/);
    await shop.signInHere('romashka-director');
    expect((await answer).status()).toBeGreaterThanOrEqual(400);
    await expect(shop.id('error-page')).toContainText('Корзина сохранена');
    await shop.open('/');
    await expect(shop.id('login-link')).toBeVisible();
  });
}

test('user-info of another person lets nobody in', async ({ page, shop, bank }) => {
  await bank.fault({ path: calls.userInfo, kind: 'bad-jwt', claims: { sub: 'somebody-else' } });
  await shop.open('/login');
  const answer = page.waitForResponse(/login\/callback/);
  await shop.signInHere('romashka-director');
  expect((await answer).status()).toBe(403);
  await expect(shop.id('error-page')).toContainText('Мы не смогли проверить ответ банка');
});

test('the bank is down during the sign-in: 503, then it works', async ({ page, shop, bank }) => {
  await bank.fault({ path: calls.token, kind: 'status', status: 503, times: 0 });
  await shop.open('/login');
  const answer = page.waitForResponse(/login\/callback/);
  await shop.signInHere('romashka-director');
  expect((await answer).status()).toBe(503);
  await expect(shop.id('error-page')).toContainText('Банк сейчас не отвечает');
  await bank.clearFaults();
  await shop.id('error-back').click();
  await atBank.signIn(page, 'romashka-director');
  await expect(shop.id('company-name')).toContainText('Ромашка');
});

test('sign-in leads only to own pages', async ({ page, shop, demo }) => {
  for (const back of ['https://evil.example/', '//evil.example/', '/\\evil.example', 'javascript:alert(1)']) {
    await shop.open(`/login?return=${encodeURIComponent(back)}`);
    await shop.signInHere('romashka-director');
    await expect(page).toHaveURL(demo.shop + '/');
  }
});
