import { existsSync } from 'node:fs';
import path from 'node:path';
import { root } from '../support/demo';
import { atBank, expect, test } from '../support/fixtures';

// A real feed that lies beside the repository, not in it.
const feed = path.resolve(root, '../shared/data/catalog-feed.yml.xml');

test.describe('a foreign feed', () => {
  test.skip(!existsSync(feed), `there is no ${feed}`);
  test.use({ demoArgs: ['-feed', feed] });

  test('its goods are imported, found, bought on credit and paid', async ({ page, shop, bank, guard, demo }) => {
    await shop.open('/');
    await expect(page.getByText(/^36\sтоваров$/)).toBeVisible();
    await shop.id('search-input').fill('станция');
    await shop.id('search-submit').click();
    await shop.id('product-card').first().getByRole('heading').getByRole('link').click();
    const name = (await page.getByRole('heading', { level: 1 }).innerText()).trim();
    await shop.id('quantity').fill('3');
    await shop.id('add-to-cart').click();
    await expect(shop.id('cart-line')).toContainText(name);
    const total = (await shop.id('total').innerText()).trim();
    await shop.id('to-checkout').click();
    await shop.signInHere('romashka-director');
    await shop.choose('credit');
    await shop.place();
    await expect(shop.id('order-line')).toContainText(name);
    await shop.pay();
    expect((await bank.request()).amount).toBe(Number(total.replace(/[^\d,]/g, '').replace(',', '.')));
    await atBank.submitCredit(page);
    await atBank.back(page);
    await shop.expectPaid(total);
    await bank.sees('IMPLEMENTED');
    // The feed names pictures of another site: nothing was asked of it.
    expect(guard.requests.filter((url) => /^https?:/.test(url) && !demo.owns(url))).toEqual([]);
  });
});
