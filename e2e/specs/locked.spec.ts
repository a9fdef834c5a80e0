import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, goods, test as base } from '../support/fixtures';
import { Demo, root } from '../support/demo';

const test = base.extend<{ place: string }>({
  place: async ({}, use) => {
    const place = mkdtempSync(path.join(tmpdir(), 'locked-'));
    await use(place);
    rmSync(place, { recursive: true });
  },
  demo: async ({ place }, use) => {
    const demo = await Demo.start([], { TMPDIR: place });
    await use(demo);
    await demo.stop();
  },
});

test('somebody holds the database for longer than the shop waits: said so, no call to the bank, the same form goes through later', async ({ page, shop, bank, place }) => {
  await shop.put(goods.armchair);
  await shop.enter('romashka-director');
  await shop.open('/checkout');
  await shop.choose('invoice');
  await shop.id('field-comment').fill('Пропуск на Лугина');
  await bank.call('DELETE', '/api/requests');

  const [own] = readdirSync(place).filter((name) => name.startsWith('creditcart-demo-'));
  const holder = spawn('go', ['run', './scripts/lockdb', path.join(place, own, 'shop.db')], { cwd: root, stdio: ['pipe', 'pipe', 'inherit'] });
  await new Promise<void>((resolve, reject) => {
    holder.stdout.once('data', () => resolve());
    holder.once('exit', (code) => reject(new Error(`lockdb ended with ${code}`)));
  });
  try {
    const answer = page.waitForResponse((r) => r.request().method() === 'POST');
    await shop.id('place-order').click();
    expect((await answer).status()).toBe(503);
    expect((await answer).headers()['retry-after']).toBe('30');
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Оформление временно недоступно');
    await expect(page.locator('main')).toContainText('Заказ не оформлен, документов в банке нет, корзина сохранена.');
    expect((await page.request.get(shop.url('/cart'))).status()).toBe(200);
    expect((await bank.call<{ requests: object[] }>('GET', '/api/requests')).requests).toEqual([]);
  } finally {
    holder.removeAllListeners('exit');
    holder.stdin.end();
    await new Promise((resolve) => holder.once('exit', resolve));
  }
  await page.getByRole('button', { name: 'Отправить ещё раз' }).click();
  await expect(page.getByText('Пропуск на Лугина')).toBeVisible();
});
