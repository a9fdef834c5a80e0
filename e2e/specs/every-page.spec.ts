import { expectAccessible, expectNoSideways, widths } from '../support/checks';
import { expect, test } from '../support/fixtures';
import { pages } from '../support/pages';

// A program of its own for each page: what one state left behind must not be seen in the next.
test.use({ fresh: true });

for (const { name, status, go } of pages) {
  test(`${name}: axe, widths`, async ({ page, shop, bank, another }) => {
    const answer = await go({ shop, bank, another });
    if (status && answer) expect(answer.status()).toBe(status);
    await expect(page.getByRole('heading', { level: 1 })).toHaveCount(1);
    await expect(page).toHaveTitle(/\S+ · Снабжение и сервис|\S+ · ООО/);
    for (const size of Object.values(widths)) {
      await page.setViewportSize(size);
      await expectNoSideways(page);
      await expectAccessible(page);
    }
  });
}

test('no request leaves the test’s own hosts, and the policy forbids inline code', async ({ shop, guard, demo }) => {
  const answer = await shop.open('/');
  const policy = answer?.headers()['content-security-policy'] ?? '';
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toContain('unsafe');
  await shop.put({ id: '11001', article: '' });
  await shop.signIn('romashka-director', '/checkout');
  await shop.choose('invoice');
  await shop.place();
  await shop.pay();
  const seen = guard.requests.filter((url) => /^https?:/.test(url));
  expect(seen.length).toBeGreaterThan(20);
  expect(seen.filter((url) => !demo.owns(url))).toEqual([]);
});

test('the guard itself sees what it must', async ({ page, shop, guard }) => {
  await shop.open('/');
  await page.evaluate(() => {
    console.error('planted');
    document.body.insertAdjacentHTML('beforeend', '<img src="http://foreign.invalid/x.png" alt="">');
  });
  await expect.poll(() => guard.problems.length).toBeGreaterThanOrEqual(2);
  expect(guard.problems.some((p) => p.includes('planted'))).toBe(true);
  expect(guard.problems.some((p) => /content security policy/i.test(p))).toBe(true);
  guard.problems.length = 0;
});
