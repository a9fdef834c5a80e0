import { atBank, expect, goods, test } from '../support/fixtures';

test('two people sign one document', async ({ page, shop, bank }) => {
  const number = await shop.order('duet-director', goods.armchair, 'invoice');
  await shop.pay();
  await page.getByTestId('sms-code').fill('11111');
  await page.getByTestId('bank-sign').click();
  await expect(page.getByTestId('bank-cannot-sign')).toContainText('Вы уже подписали этот документ');
  await page.getByTestId('bank-leave').click();

  await expect(page).toHaveURL(shop.url(`/orders/${number}`));
  await expect(shop.id('order-status')).toContainText('Ждёт второй подписи');
  await expect(shop.id('payment-card')).toContainText('Подписан одной подписью. Ждём вторую.');
  await expect(shop.id('order-paid')).toHaveText('0 ₽');
  await bank.sees('PARTSIGNED');

  await shop.id('open-bank').click();
  await atBank.switchTo(page, 'duet-accountant');
  await atBank.sign(page);
  await atBank.back(page);
  await shop.expectPaid('40 230 ₽');
  expect(await bank.payment()).toMatchObject({ bankStatus: 'IMPLEMENTED', signedBy: ['duet-director', 'duet-accountant'] });
});
