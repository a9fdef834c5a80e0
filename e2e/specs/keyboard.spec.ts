import type { Page } from '@playwright/test';
import { expect, goods, test } from '../support/fixtures';

/** tabTo presses Tab until the wanted control has the focus; every stop on the way must show that it has it. */
async function tabTo(page: Page, selector: string) {
  for (let i = 0; i < 120; i++) {
    await page.keyboard.press('Tab');
    const at = await page.evaluate((wanted) => {
      const e = document.activeElement;
      if (!e || e === document.body) return { there: false, seen: true, name: 'body' };
      const style = getComputedStyle(e);
      const box = e.getBoundingClientRect();
      return {
        there: e.matches(wanted), name: e.outerHTML.slice(0, 120),
        seen: (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0 || style.boxShadow !== 'none') && box.width > 0 && box.height > 0,
      };
    }, selector);
    expect(at.seen, `the focus shows at ${at.name}`).toBe(true);
    if (at.there) return;
  }
  throw new Error(`Tab never came to ${selector}`);
}

const byId = (id: string, more = '') => `[data-testid="${id}"]${more}`;

/** arrowTo moves inside a group of radio buttons, which Tab enters as one stop. */
async function arrowTo(page: Page, selector: string) {
  for (let i = 0; i < 20; i++) {
    if (await page.evaluate((wanted) => document.activeElement?.matches(wanted), selector)) return page.keyboard.press('Space');
    await page.keyboard.press('ArrowDown');
  }
  throw new Error(`the arrows never came to ${selector}`);
}

test('the whole purchase by keyboard only', async ({ page, shop, bank }) => {
  test.slow();
  await shop.open('/');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter'); // the skip link
  await expect(page.locator('#main')).toBeFocused();
  await tabTo(page, byId('add-to-cart', `[data-product="${goods.paper.id}"]`));
  await page.keyboard.press('Enter');
  await expect(shop.id('notice')).toBeVisible();
  await tabTo(page, byId('cart-link'));
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(shop.url('/cart'));
  await tabTo(page, byId('cart-qty'));
  await page.keyboard.press('Control+A');
  await page.keyboard.type('100');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(shop.url('/cart'));
  await expect(shop.id('total')).toHaveText('38 900 ₽');
  await tabTo(page, byId('to-checkout'));
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(shop.url('/checkout'));
  await tabTo(page, byId('login-sms'));
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('bank-allow')).toBeVisible();

  await tabTo(page, '[name=person]');
  await arrowTo(page, byId('bank-login-person-romashka-director'));
  await tabTo(page, byId('bank-allow'));
  await page.keyboard.press('Enter');

  await expect(page).toHaveURL(shop.url('/checkout'));
  await tabTo(page, byId('field-comment'));
  await page.keyboard.type('Позвоните за час');
  await tabTo(page, '[name=method]');
  await arrowTo(page, byId('pay-method-invoice'));
  await tabTo(page, byId('place-order'));
  await page.keyboard.press('Enter');
  await expect(shop.id('order-number')).toBeVisible();
  await expect(shop.id('pay-method-invoice')).toBeChecked();
  await tabTo(page, byId('pay-submit'));
  await page.keyboard.press('Enter');

  await page.waitForURL(/#\/payment-creator\//);
  await expect(page.getByTestId('bank-sign')).toBeVisible();
  await tabTo(page, byId('sms-code'));
  await page.keyboard.type('11111');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('bank-return')).toBeVisible();
  await tabTo(page, byId('bank-return'));
  await page.keyboard.press('Enter');
  await shop.expectPaid('38 900 ₽');
  await expect(page.getByText('Позвоните за час')).toBeVisible();
  expect(await bank.payment()).toMatchObject({ amount: 38900, bankStatus: 'IMPLEMENTED' });
});
