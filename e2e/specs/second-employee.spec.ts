import { atBank, expect, goods, test } from '../support/fixtures';

test('a buyer without the right to sign hands the order over to his director', async ({ page, shop, bank, another }) => {
  const number = await shop.order('romashka-buyer', goods.armchair, 'invoice');
  await shop.pay();
  await expect(page.getByTestId('bank-cannot-sign')).toContainText('нет права подписи');
  await page.getByTestId('bank-leave').click();
  await expect(page).toHaveURL(shop.url(`/orders/${number}`));
  await expect(shop.id('payment-card')).toContainText('Подписать может любой сотрудник с правом подписи');
  const link = await shop.id('handover-url').inputValue();
  expect(link).toBe(shop.url(`/orders/${number}`));

  const director = await another();
  await director.page.goto(link);
  await expect(director.id('order-signed-out')).toBeVisible();
  await expect(director.page.getByText('40 230')).toHaveCount(0);
  await director.signInHere('romashka-director');
  await expect(director.page).toHaveURL(link);
  await director.id('open-bank').click();
  await atBank.sign(director.page);
  await atBank.back(director.page);
  await director.expectPaid('40 230 ₽');

  // The buyer's own page, open all the while, has followed by itself.
  await shop.expectPaid('40 230 ₽');
  expect(await bank.payment()).toMatchObject({ bankStatus: 'IMPLEMENTED', signedBy: ['romashka-director'] });
});
