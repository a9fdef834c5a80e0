import { atBank, calls, expect, goods, type Shop } from './fixtures';
import type { Bank } from './bank';

/** World is what a page needs to come into its state. */
interface World {
  shop: Shop;
  bank: Bank;
  another: () => Promise<Shop>;
}

interface PageState {
  name: string;
  /** The status the page answers with; not checked where the browser moved on by itself. */
  status?: number;
  go: (w: World) => Promise<{ status(): number } | null | void>;
}

const buyer = 'romashka-director';

/** submit clicks and gives the answer of the POST. */
async function submit(shop: Shop, testId: string) {
  const answer = shop.page.waitForResponse((r) => r.request().method() === 'POST');
  await shop.id(testId).click();
  return answer;
}

async function placed(w: World, method: 'credit' | 'line' | 'invoice', what = goods.furniture, person = buyer) {
  return w.shop.order(person, what, method);
}

async function draft(w: World, method: 'line' | 'invoice' = 'invoice', what = goods.furniture, person = buyer) {
  const number = await placed(w, method, what, person);
  await w.shop.pay();
  return { number, id: (await w.bank.payment()).externalId };
}

/** seen opens an order and waits until the shop has learned its state from the bank: an answer younger than 2 s is not asked for again. */
async function seen(w: World, number: string, words: string) {
  await w.shop.open(`/orders/${number}`);
  await expect(w.shop.id('order-status')).toContainText(words);
}

/** Every page of the shop in every state that looks different. The picture of a page has its name. */
export const pages: PageState[] = [
  { name: 'home', status: 200, go: ({ shop }) => shop.open('/') },
  { name: 'home-signed-in', go: async ({ shop }) => {
    await shop.put(goods.armchair);
    await shop.enter(buyer);
    await shop.open('/checkout'); // the conditions are known now
    return shop.open('/');
  } },
  { name: 'category', status: 200, go: async ({ shop }) => {
    await shop.open('/');
    await shop.id('category').filter({ hasText: 'Офис' }).click();
    await expect(shop.page).toHaveURL(/\/c\//);
  } },
  { name: 'catalog-page-2', status: 200, go: ({ shop }) => shop.open('/?page=2&sort=price') },
  { name: 'search', status: 200, go: ({ shop }) => shop.open('/search?q=кресло') },
  { name: 'search-empty', status: 200, go: ({ shop }) => shop.open('/search?q=абракадабра') },
  { name: 'product', go: async ({ shop }) => {
    await shop.enter(buyer);
    await shop.put(goods.paper);
    await shop.open('/checkout');
    await shop.open(`/search?q=${goods.furniture.article}`);
    await shop.id('product-card').filter({ hasText: 'Комплект мебели' }).getByRole('heading').getByRole('link').click();
    await expect(shop.id('quantity')).toBeVisible();
  } },
  { name: 'product-sold-out', go: async ({ shop }) => {
    await shop.open('/search?q=ZV-FR-120');
    await shop.id('product-card').getByRole('heading').getByRole('link').click();
    await expect(shop.page.getByText('Нет в наличии')).toBeVisible();
  } },
  { name: 'product-quantity-wrong', go: async ({ shop }) => {
    await shop.open(`/search?q=${goods.furniture.article}`);
    await shop.id('product-card').first().getByRole('heading').getByRole('link').click();
    await shop.id('quantity').evaluate((e) => { (e as HTMLInputElement).form!.noValidate = true; });
    await shop.id('quantity').fill('0');
    expect((await submit(shop, 'add-to-cart')).status()).toBe(422);
  } },
  { name: 'cart-empty', status: 200, go: ({ shop }) => shop.open('/cart') },
  { name: 'cart-signed-out', status: 200, go: async ({ shop }) => {
    await shop.put(goods.armchair);
    return shop.open('/cart');
  } },
  { name: 'cart', status: 200, go: async ({ shop }) => {
    for (const what of [goods.furniture, goods.paper, goods.stretcher]) await shop.put(what, 2);
    await shop.enter(buyer);
    return shop.open('/cart');
  } },
  { name: 'cart-quantity-wrong', go: async ({ shop }) => {
    await shop.put(goods.armchair);
    await shop.open('/cart');
    await shop.id('cart-qty').evaluate((e) => { (e as HTMLInputElement).form!.noValidate = true; });
    await shop.id('cart-qty').fill('-1');
    expect((await submit(shop, 'cart-update')).status()).toBe(422);
  } },
  { name: 'login', status: 200, go: ({ shop }) => shop.open('/login?return=/cart') },
  { name: 'checkout-signed-out', status: 200, go: async ({ shop }) => {
    await shop.put(goods.furniture);
    return shop.open('/checkout');
  } },
  { name: 'checkout', status: 200, go: async ({ shop }) => {
    for (const what of [goods.furniture, goods.paper]) await shop.put(what);
    await shop.enter(buyer);
    return shop.open('/checkout');
  } },
  { name: 'checkout-under-min', status: 200, go: async ({ shop }) => {
    await shop.put(goods.board);
    await shop.enter(buyer);
    return shop.open('/checkout');
  } },
  { name: 'checkout-over-max', status: 200, go: async ({ shop }) => {
    await shop.put(goods.warehouse);
    await shop.enter('sokolov');
    return shop.open('/checkout');
  } },
  { name: 'checkout-not-eligible', status: 200, go: async ({ shop }) => {
    await shop.put(goods.furniture);
    await shop.enter('sever-director');
    return shop.open('/checkout');
  } },
  { name: 'checkout-field-wrong', go: async ({ shop }) => {
    await shop.put(goods.armchair);
    await shop.enter(buyer);
    await shop.open('/checkout');
    await shop.id('field-phone').fill('12');
    expect((await submit(shop, 'place-order')).status()).toBe(422);
  } },
  { name: 'cart-changed', go: async ({ shop }) => {
    await shop.put(goods.armchair);
    await shop.enter(buyer);
    await shop.open('/checkout');
    await shop.put(goods.board);
    expect((await submit(shop, 'place-order')).status()).toBe(409);
  } },
  { name: 'order-new', go: async (w) => { await placed(w, 'credit'); } },
  { name: 'order-line-part', go: async (w) => { await placed(w, 'line', goods.armchair, 'vektor-director'); } },
  { name: 'order-waits-for-signature', status: 200, go: async (w) => w.shop.open(`/orders/${(await draft(w)).number}`) },
  { name: 'order-second-signature', go: async (w) => {
    const { number, id } = await draft(w, 'invoice', goods.furniture, 'duet-director');
    await w.bank.sign(id, 'duet-director');
    await seen(w, number, 'Ждёт второй подписи');
  } },
  { name: 'order-unknown', go: async (w) => {
    await placed(w, 'invoice');
    await w.bank.fault({ path: calls.anything, kind: 'status', status: 503, times: 0 });
    await w.shop.id('pay-submit').click();
    await expect(w.shop.id('payment-card')).toContainText('Проверяем');
  } },
  { name: 'order-bank-works', go: async (w) => {
    const { number, id } = await draft(w);
    await w.bank.status(id, 'ACCEPTED_BY_ABS');
    await seen(w, number, 'Банк обрабатывает');
  } },
  { name: 'order-bank-checks', go: async (w) => {
    const { number, id } = await draft(w);
    await w.bank.status(id, 'FRAUDREVIEW', 'Проверяет специалист');
    await seen(w, number, 'Банк проверяет');
  } },
  { name: 'order-no-money', go: async (w) => {
    const { number, id } = await draft(w);
    await w.bank.status(id, 'CARD2', 'Недостаточно средств');
    await seen(w, number, 'Нужно ваше действие');
  } },
  { name: 'order-declined', go: async (w) => {
    const { number, id } = await draft(w);
    await w.bank.decline(id);
    await seen(w, number, 'Ждёт оплаты');
  } },
  { name: 'order-refused-by-bank', go: async (w) => {
    await placed(w, 'invoice');
    await w.bank.fault({ method: 'POST', path: calls.draft, kind: 'status', status: 400 });
    expect((await submit(w.shop, 'pay-submit')).status()).toBe(422);
  } },
  { name: 'order-credit-refused', go: async (w) => {
    await placed(w, 'credit');
    await w.shop.pay();
    await atBank.refuseCredit(w.shop.page);
    await atBank.back(w.shop.page);
    await expect(w.shop.id('pay-otherwise')).toBeVisible();
  } },
  { name: 'order-pay-otherwise', go: async (w) => {
    await placed(w, 'credit');
    await w.shop.pay();
    await atBank.refuseCredit(w.shop.page);
    await atBank.back(w.shop.page);
    await w.shop.id('pay-otherwise').click();
    await expect(w.shop.id('pay-form')).toBeVisible();
  } },
  { name: 'order-partly-paid', go: async (w) => {
    const { number, id } = await draft(w, 'line', goods.armchair, 'vektor-director');
    await w.bank.sign(id);
    await w.bank.sees('IMPLEMENTED');
    await w.shop.open(`/orders/${number}`);
    await expect(w.shop.id('order-status')).toContainText('Оплачен частично');
  } },
  { name: 'order-paid', go: async (w) => {
    const { number, id } = await draft(w);
    await w.bank.sign(id);
    await w.bank.sees('IMPLEMENTED');
    await w.shop.open(`/orders/${number}`);
    await expect(w.shop.id('order-status')).toContainText('Оплачен');
  } },
  { name: 'order-signed-out', status: 401, go: ({ shop }) => shop.open('/orders/K7MPQ2XWHD') },
  { name: 'cancel', go: async (w) => {
    await placed(w, 'invoice');
    await w.shop.id('cancel-order').click();
    await expect(w.shop.id('cancel-page')).toBeVisible();
  } },
  { name: 'cancel-while-live', go: async (w) => {
    await w.shop.open(`/orders/${(await draft(w)).number}`);
    await w.shop.id('cancel-order').click();
    await expect(w.shop.id('cancel-page')).toBeVisible();
  } },
  { name: 'order-cancel-requested', go: async (w) => {
    await w.shop.open(`/orders/${(await draft(w)).number}`);
    await w.shop.id('cancel-order').click();
    await w.shop.id('confirm-cancel').click();
    await expect(w.shop.id('order-status')).toContainText('Отмена запрошена');
  } },
  { name: 'sessions', status: 200, go: async ({ shop, another }) => {
    await (await another()).signIn(buyer, '/orders');
    await shop.signIn(buyer, '/orders');
    return shop.open('/sessions');
  } },
  { name: 'orders', status: 200, go: async (w) => {
    const { number, id } = await draft(w);
    await w.bank.sign(id);
    await w.bank.sees('IMPLEMENTED');
    await seen(w, number, 'Оплачен');
    for (const what of [goods.armchair, goods.board]) await placed(w, 'invoice', what);
    return w.shop.open('/orders');
  } },
  { name: 'orders-empty', status: 200, go: async ({ shop }) => { await shop.enter('gavan-director'); return shop.open('/orders'); } },
  { name: 'orders-nothing-fits', status: 200, go: async ({ shop }) => { await shop.enter(buyer); return shop.open('/orders?q=ZZZZ'); } },
  { name: 'admin', status: 200, go: async (w) => {
    await draft(w);
    const staff = w.shop;
    await staff.enter('merchant-manager');
    return staff.open('/admin');
  } },
  { name: 'admin-orders', status: 200, go: async (w) => {
    const { id } = await draft(w);
    await w.bank.sign(id);
    await placed(w, 'invoice', goods.board, 'sever-director');
    await w.shop.enter('merchant-manager');
    return w.shop.open('/admin/orders');
  } },
  { name: 'admin-orders-empty', status: 200, go: async ({ shop }) => { await shop.enter('merchant-manager'); return shop.open('/admin/orders?q=ZZZZ'); } },
  { name: 'admin-order', status: 200, go: async (w) => {
    const { number, id } = await draft(w);
    await w.bank.sign(id);
    await w.bank.sees('IMPLEMENTED');
    await w.shop.open(`/orders/${number}`);
    await expect(w.shop.id('order-status')).toContainText('Оплачен');
    await w.shop.enter('merchant-manager');
    return w.shop.open(`/admin/orders/${number}`);
  } },
  { name: 'admin-document', status: 200, go: async (w) => {
    const { number, id } = await draft(w);
    await w.shop.enter('merchant-manager');
    return w.shop.open(`/admin/orders/${number}/payments/${id}`);
  } },
  { name: 'error-400-callback', status: 400, go: ({ shop }) => shop.open('/login/callback?code=x&state=y') },
  { name: 'error-403-denied', go: async ({ shop }) => {
    await shop.open('/login');
    await shop.id('login-sms').click();
    await shop.page.getByTestId('bank-deny').click();
    await expect(shop.id('error-page')).toBeVisible();
  } },
  { name: 'error-403-staff-only', status: 403, go: async ({ shop }) => { await shop.enter(buyer); return shop.open('/admin'); } },
  { name: 'error-404', status: 404, go: ({ shop }) => shop.open('/nothing') },
  { name: 'error-404-order', status: 404, go: async ({ shop }) => { await shop.enter(buyer); return shop.open('/orders/ZZZZZZZZZZ'); } },
  { name: 'error-409-paid', go: async (w) => {
    const { number, id } = await draft(w);
    await w.bank.sign(id);
    await seen(w, number, 'Оплачен');
    await w.shop.page.evaluate((path) => { const f = document.createElement('form'); f.method = 'post'; f.action = path; document.body.append(f); f.submit(); }, `/orders/${number}/cancel`);
    await expect(w.shop.id('error-page')).toContainText('уже оплачен');
  } },
  { name: 'error-422', go: async ({ shop }) => {
    await shop.open('/');
    await shop.page.locator('[name=product]').first().evaluate((e) => { (e as HTMLInputElement).value = 'nothing'; });
    await shop.id('add-to-cart').first().click();
    await expect(shop.id('error-page')).toContainText('Такого товара нет в каталоге');
  } },
  { name: 'error-503-bank', go: async ({ shop, bank }) => {
    await bank.fault({ path: calls.token, kind: 'status', status: 503, times: 0 });
    await shop.open('/login');
    await shop.signInHere(buyer);
    await expect(shop.id('error-page')).toContainText('Банк сейчас не отвечает');
  } },
];
