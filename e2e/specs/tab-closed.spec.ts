import { expect, goods, test } from '../support/fixtures';

test('the tab is closed at the bank; the timer still makes the order paid', async ({ page, shop, bank, another }) => {
  const number = await shop.order('romashka-director', goods.armchair, 'invoice');
  await shop.pay();
  const storage = await page.context().storageState();
  await page.close();

  const { externalId } = await bank.payment();
  await bank.sign(externalId);
  await bank.sees('IMPLEMENTED');

  // The list asks nobody, it shows what the shop knows: only its own timer can have found out.
  const later = await another({ storageState: storage });
  await expect(async () => {
    await later.open('/orders');
    await expect(later.id('order-row').filter({ hasText: number })).toContainText('Оплачен', { timeout: 100 });
  }).toPass({ timeout: 25_000, intervals: [500] });
  await later.open(`/orders/${number}`);
  await later.expectPaid('40 230 ₽');
});
