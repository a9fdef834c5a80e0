import { expect, test } from '../support/fixtures';

// Others of the shared program sign in as the same person, and would be on the list.
test.use({ fresh: true });

test('a person sees where he is signed in and ends it there', async ({ page, shop, another }) => {
  const lost = await another();
  await lost.signIn('romashka-director', '/orders');
  await shop.signIn('romashka-director', '/orders');
  await shop.id('sessions-link').click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Мои входы');
  await expect(shop.id('session-row')).toHaveCount(2);
  await expect(shop.id('session-this')).toHaveCount(1);
  await expect(shop.id('session-row').first()).toContainText('Chrome');

  await shop.id('session-end').click();
  await expect(shop.id('session-row')).toHaveCount(1);
  await expect(shop.id('sessions-end-others')).toHaveCount(0);

  await lost.open('/orders');
  await expect(lost.page).toHaveURL(/\/login\?return=%2Forders/);
  await shop.open('/orders');
  await expect(shop.id('company-name')).toBeVisible();

  // And all of them at once.
  await lost.signIn('romashka-director', '/orders');
  await shop.open('/sessions');
  await shop.id('sessions-end-others').click();
  await expect(shop.id('session-row')).toHaveCount(1);
  await lost.open('/orders');
  await expect(lost.page).toHaveURL(/\/login/);
});
