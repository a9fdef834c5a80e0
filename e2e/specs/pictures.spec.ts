import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { widths } from '../support/checks';
import { root } from '../support/demo';
import { test } from '../support/fixtures';
import { pages } from '../support/pages';
import { smallPNG } from '../support/smallpng';

// The docs' pictures: make pictures
test.use({ fresh: true });

const folder = path.join(root, 'docs/pictures');

for (const { name, go } of pages) {
  test(`picture of ${name}`, async ({ page, shop, bank, another }) => {
    await go({ shop, bank, another });
    for (const [kind, size] of Object.entries(widths)) {
      await page.setViewportSize(size);
      await page.evaluate(() => { scrollTo(0, 0); (document.activeElement as HTMLElement | null)?.blur(); });
      const tall = await page.evaluate(() => document.documentElement.scrollHeight);
      const picture = await page.screenshot({ animations: 'disabled', fullPage: true, clip: { x: 0, y: 0, width: size.width, height: Math.min(tall, 2400) } });
      await mkdir(folder, { recursive: true });
      await writeFile(path.join(folder, `${name}-${kind}.png`), smallPNG(picture));
    }
  });
}
