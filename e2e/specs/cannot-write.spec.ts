import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Bank } from '../support/bank';
import { expect, goods, type Shop, test as base } from '../support/fixtures';
import { Demo, root } from '../support/demo';

/** place is the directory where the program of a test keeps its database; with small, a disk of 8 MB. */
const test = base.extend<{ small: boolean; place: string }>({
  small: [false, { option: true }],
  place: async ({ small }, use, info) => {
    const place = mkdtempSync(path.join(tmpdir(), 'place-'));
    const mounted = small && mount(place);
    if (small && !mounted) rmSync(place, { recursive: true });
    info.skip(small && !mounted, 'only root may mount a small tmpfs; TestShopOnFullDisk says the same without a browser');
    await use(place);
    if (mounted) execFileSync('umount', ['-l', place]);
    rmSync(place, { recursive: true });
  },
  demo: async ({ place }, use) => {
    const demo = await Demo.start([], { TMPDIR: place });
    await use(demo);
    await demo.stop();
  },
});

function mount(place: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', place], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** filled opens the checkout with something typed that must not be lost. */
async function filled(shop: Shop) {
  await shop.put(goods.armchair);
  await shop.enter('romashka-director');
  await shop.open('/checkout');
  await shop.choose('invoice');
  await shop.id('field-comment').fill('Пропуск на Лугина');
}

async function refused(shop: Shop, bank: Bank) {
  const answer = shop.page.waitForResponse((r) => r.request().method() === 'POST');
  await shop.id('place-order').click();
  expect((await answer).status()).toBe(503);
  expect((await answer).headers()['retry-after']).toBe('30');
  await expect(shop.page.getByRole('heading', { level: 1 })).toHaveText('Оформление временно недоступно');
  await expect(shop.page.locator('main')).toContainText('Заказ не оформлен, документов в банке нет, корзина сохранена.');
  expect(await bank.documents()).toEqual([]);
}

async function sentAgain(shop: Shop) {
  await shop.page.getByRole('button', { name: 'Отправить ещё раз' }).click();
  await expect(shop.page).toHaveURL(/\/orders\/[0-9A-Z]+/);
  await expect(shop.page.getByText('Пропуск на Лугина')).toBeVisible();
}

test.describe('a full disk', () => {
  test.use({ small: true });

  test('nothing can be written: said so, what was typed is kept, the same form goes through later', async ({ page, shop, bank, place }) => {
    await filled(shop);
    const room = path.join(place, 'room');
    for (let size = 1 << 20; size >= 1 << 12; size >>= 1) fill(room, size);
    // The last pages of the log may still take a few changes.
    await expect(async () => {
      expect((await page.request.get(shop.url('/login?contour=sms'), { maxRedirects: 0 })).status()).toBe(503);
    }).toPass({ intervals: [1], timeout: 10_000 });
    await refused(shop, bank);
    rmSync(room);
    await sentAgain(shop);
  });
});

test('somebody holds the database for longer than the shop waits: said so, no call to the bank, the same form goes through later', async ({ page, shop, bank, place }) => {
  await filled(shop);
  await bank.call('DELETE', '/api/requests');
  const release = await lock(path.join(place, readdirSync(place).find((name) => name.startsWith('creditcart-demo-'))!, 'shop.db'));
  try {
    await refused(shop, bank);
    expect((await page.request.get(shop.url('/cart'))).status()).toBe(200);
    expect((await bank.call<{ requests: object[] }>('GET', '/api/requests')).requests).toEqual([]);
  } finally {
    await release();
  }
  await sentAgain(shop);
});

/** fill appends blocks to a file until there is no room for one more. */
function fill(file: string, size: number) {
  for (;;) {
    try {
      writeFileSync(file, Buffer.alloc(size), { flag: 'a' });
    } catch {
      return;
    }
  }
}

/** lock takes the write lock of a database and gives what lets go of it. */
async function lock(database: string): Promise<() => Promise<void>> {
  const holder = spawn('go', ['run', './scripts/lockdb', database], { cwd: root, stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise<void>((resolve) => holder.once('exit', () => resolve()));
  await Promise.race([new Promise<void>((resolve) => holder.stdout.once('data', () => resolve())),
    ended.then(() => { throw new Error('lockdb ended before it had the lock'); })]);
  return async () => {
    holder.stdin.end();
    await ended;
  };
}
