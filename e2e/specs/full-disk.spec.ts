import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, goods, test as base } from '../support/fixtures';
import { Demo } from '../support/demo';

/** mounted gives a small disk of its own, or nothing where that is not allowed. */
function mounted(): string | undefined {
  const disk = mkdtempSync(path.join(tmpdir(), 'small-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', disk], { stdio: 'ignore' });
    return disk;
  } catch {
    rmdirSync(disk);
    return undefined;
  }
}

const test = base.extend<{ disk: string }>({
  disk: async ({}, use, info) => {
    const disk = mounted();
    info.skip(!disk, 'only root may mount a small tmpfs; TestShopOnFullDisk says the same without a browser');
    await use(disk!);
    execFileSync('umount', ['-l', disk!]);
    rmdirSync(disk!);
  },
  demo: async ({ disk }, use) => {
    const demo = await Demo.start([], { TMPDIR: disk });
    await use(demo);
    await demo.stop();
  },
});

test('nothing can be written: said so, what was typed is kept, the same form goes through later', async ({ page, shop, bank, disk }) => {
  await shop.put(goods.armchair);
  await shop.enter('romashka-director');
  await shop.open('/checkout');
  await shop.choose('invoice');
  await shop.id('field-comment').fill('Пропуск на Лугина');
  const room = path.join(disk, 'room');
  for (let size = 1 << 20; size >= 1 << 12; size >>= 1) fill(room, size);

  // The last pages of the log may still take a few changes.
  await expect(async () => {
    expect((await page.request.get(shop.url('/login?contour=sms'), { maxRedirects: 0 })).status()).toBe(503);
  }).toPass({ intervals: [1], timeout: 10_000 });
  const answer = page.waitForResponse((r) => r.request().method() === 'POST');
  await shop.id('place-order').click();
  expect((await answer).status()).toBe(503);
  expect((await answer).headers()['retry-after']).toBe('30');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Оформление временно недоступно');
  await expect(page.locator('main')).toContainText('Заказ не оформлен, документов в банке нет, корзина сохранена.');
  expect(await bank.documents()).toEqual([]);

  rmSync(room);
  await page.getByRole('button', { name: 'Отправить ещё раз' }).click();
  await expect(page.getByText('Пропуск на Лугина')).toBeVisible();
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
