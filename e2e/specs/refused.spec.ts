import { atBank, expect, goods, test } from '../support/fixtures';

test('credit refused, then paid by invoice', async ({ page, shop, bank }) => {
  const number = await shop.order('romashka-director', goods.armchair, 'credit');
  await shop.pay();
  await atBank.refuseCredit(page);
  await atBank.back(page);

  await expect(page).toHaveURL(shop.url(`/orders/${number}`));
  await expect(shop.id('payment-card')).toContainText('Похоже, банк не одобрил кредит. Заказ можно оплатить по счёту; если решение изменится, мы увидим.');
  await expect(shop.id('order-paid')).toHaveText('0 ₽');
  await shop.id('pay-otherwise').click();
  await expect(shop.id('message').filter({ hasText: 'Банк ещё не закрыл кредитную заявку' })).toBeVisible();
  await shop.choose('invoice');
  await shop.pay();
  await atBank.sign(page);
  await atBank.back(page);

  await shop.expectPaid('40 230 ₽');
  expect((await bank.request()).decision).toBe('refused');
  expect(await bank.payment()).toMatchObject({ funding: 'own', amount: 40230, bankStatus: 'IMPLEMENTED' });
});

test('a draft declined at the bank: the reason in words, nothing paid, another way', async ({ page, shop, bank }) => {
  await shop.order('romashka-director', goods.armchair, 'invoice');
  await shop.pay();
  await page.getByTestId('bank-decline').click();
  await expect(page.getByTestId('bank-outcome')).toContainText('Документ больше не действует');
  await atBank.back(page);
  await expect(shop.id('payment-status')).toContainText('Не исполнен');
  await expect(shop.id('payment-card')).toContainText('Деньги не списаны');
  await expect(shop.id('bank-comment')).toContainText('Отклонён клиентом в СберБизнес');
  await bank.sees('DELETED');

  await shop.choose('credit');
  await shop.pay();
  await atBank.submitCredit(page);
  await atBank.back(page);
  await shop.expectPaid('40 230 ₽');
});
