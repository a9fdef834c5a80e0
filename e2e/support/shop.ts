import { type APIResponse, expect, type Page } from '@playwright/test';
import { atBank } from './bank';
import type { Demo } from './demo';

/** Goods of the demo catalogue, by what their price is good for. */
export const goods = {
  paper: { id: '11001', article: 'BT-A4-80' }, // 389.00
  board: { id: '11009', article: 'SK-WB-120' }, // 5 400.00: under every sumMin
  armchair: { id: '12006', article: 'OS-FORUM-CH' }, // 40 230.00: inside the limits, more than the small line
  furniture: { id: '12005', article: 'OS-FORUM' }, // 184 500.00: inside the limits, less than the large line
  warehouse: { id: '12009', article: 'YR-PAL-12' }, // 584 500.00: over the first offer's sumMax
  stretcher: { id: '32006', article: 'OH-STR-1' }, // 9 600.00, no VAT
};

export type Goods = { id: string; article: string };
export type Method = 'credit' | 'line' | 'invoice';

/** Shop does in a browser page what a buyer does. */
export class Shop {
  constructor(readonly page: Page, readonly demo: Demo) {}

  id(testId: string) {
    return this.page.getByTestId(testId);
  }

  async open(path: string) {
    return this.page.goto(this.demo.shop + path);
  }

  url(path: string): string {
    return this.demo.shop + path;
  }

  /** add finds goods by their article and puts them into the cart. */
  async add(what: Goods, quantity = 1) {
    await this.open(`/search?q=${what.article}`);
    const button = this.page.locator(`[data-testid=add-to-cart][data-product="${what.id}"]`);
    if (quantity === 1) {
      await button.click();
      await expect(this.id('notice')).toContainText('Товар в корзине');
      return;
    }
    await this.id('product-card').filter({ has: button }).getByRole('heading').getByRole('link').click();
    await this.id('quantity').fill(String(quantity));
    await this.id('add-to-cart').click();
    await expect(this.page).toHaveURL(this.url('/cart'));
  }

  /** signIn goes through СберБизнес ID as a person and comes back to the given page. */
  async signIn(person: string, back = '/', contour: 'sms' | 'token' = 'sms') {
    await this.open(`/login?return=${encodeURIComponent(back)}`);
    await this.signInHere(person, contour);
    await expect(this.page).toHaveURL(this.url(back));
  }

  /** signInHere uses the sign-in buttons of the page that is open. */
  async signInHere(person: string, contour: 'sms' | 'token' = 'sms') {
    await this.id(`login-${contour}`).click();
    await atBank.signIn(this.page, person);
  }

  async toCheckout() {
    await this.open('/cart');
    await this.id('to-checkout').click();
    await expect(this.page).toHaveURL(this.url('/checkout'));
  }

  way(method: Method) {
    return this.id(`pay-card-${method}`);
  }

  async choose(method: Method) {
    await this.id(`pay-method-${method}`).check();
  }

  offer(code: string) {
    return this.page.locator(`[data-testid=credit-offer][data-product="${code}"]`);
  }

  /** place makes an order of the checkout that is open and gives its number. */
  async place(): Promise<string> {
    await this.id('place-order').click();
    await expect(this.page).toHaveURL(/\/orders\/[0-9A-Za-z]+/);
    return this.number();
  }

  async number(): Promise<string> {
    return (await this.id('order-number').innerText()).trim();
  }

  /** put is add without the pages: for tests whose story begins later. */
  async put(what: Goods, quantity = 1) {
    expect((await this.post('/cart', { product: what.id, quantity: String(quantity) })).status()).toBe(303);
  }

  /** enter is signIn without the pages: the same redirects, followed by this browser's own cookies. */
  async enter(person: string, contour: 'sms' | 'token' = 'sms') {
    const at = this.page.request;
    const authorize = (await at.get(this.url(`/login?contour=${contour}`), { maxRedirects: 0 })).headers()['location'];
    const callback = (await at.post(authorize, { form: { person, decision: 'allow' }, maxRedirects: 0 })).headers()['location'];
    expect((await at.get(callback, { maxRedirects: 0 })).status()).toBe(303);
  }

  /** order does everything from an empty cart to the order's page with a way chosen. */
  async order(person: string, what: Goods, method: Method, quantity = 1): Promise<string> {
    await this.put(what, quantity);
    await this.enter(person);
    await this.open('/checkout');
    await this.choose(method);
    return this.place();
  }

  /** pay sends the chosen way; the buyer is then at the bank's page, which has asked the bank for all it shows: whoever signs in next in this browser would be asked about a document of somebody else. */
  async pay() {
    await this.id('pay-submit').click();
    await this.page.waitForURL(/#\/(payment-creator|credits)\//);
    if (await this.page.locator('noscript p').isVisible()) return; // scripts are off: the page asks for nothing
    await expect(this.page.locator('#desk')).not.toContainText('Загружаем');
  }

  async expectPaid(total: string) {
    await expect(this.id('order-status')).toContainText('Оплачен');
    await expect(this.id('order-paid')).toHaveText(total);
    await expect(this.id('order-due')).toHaveText(/^0(,00)?\s₽$/);
  }

  /** post sends a form as this browser would, without a page of its own. */
  async post(path: string, form: Record<string, string>): Promise<APIResponse> {
    return this.page.request.post(this.url(path), { form, headers: { Origin: this.demo.shop }, maxRedirects: 0 });
  }

  /** payForm reads the fields of the open payment form as a browser would send them. */
  async payForm(): Promise<Record<string, string>> {
    return this.id('pay-form').evaluate((form) => Object.fromEntries(
      [...new FormData(form as HTMLFormElement)].map(([name, value]) => [name, String(value)])));
  }
}
