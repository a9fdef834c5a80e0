import { atBank, calls, expect, goods, test } from '../support/fixtures';

test('the bank’s answer is lost: «Проверяем…», nothing said to have failed, then the very document to sign', async ({ page, shop, bank }) => {
  const number = await shop.order('romashka-director', goods.armchair, 'invoice');
  await bank.fault({ method: 'POST', path: calls.draft, kind: 'lose-answer' });
  await shop.id('pay-submit').click();
  await expect(page).toHaveURL(shop.url(`/orders/${number}`));
  await expect(shop.id('payment-card')).toContainText('Проверяем, принял ли банк документ. Обычно это занимает до минуты. Новый создавать не нужно.');
  await expect(shop.id('pay-submit')).toHaveCount(0);
  await expect(shop.id('main').or(page.locator('main'))).not.toContainText('Не удалось');

  await expect(shop.id('open-bank')).toBeVisible();
  await expect(shop.id('payment-card')).toContainText('Документ ждёт подписи в СберБизнес');
  const { externalId } = await bank.payment();
  await expect(shop.id('payment-card')).toHaveAttribute('data-payment', externalId);
  await shop.id('open-bank').click();
  await atBank.sign(page);
  await atBank.back(page);
  await shop.expectPaid('40 230 ₽');
  await bank.payment();
});

test('the answer about a credit request is lost: the same request is asked for again', async ({ page, shop, bank }) => {
  await shop.order('romashka-director', goods.armchair, 'credit');
  await bank.fault({ method: 'POST', path: calls.request, kind: 'lose-answer' });
  await shop.id('pay-submit').click();
  await expect(shop.id('payment-card')).toContainText('Проверяем, принял ли банк документ');
  await expect(shop.id('open-bank')).toBeVisible();
  await shop.id('open-bank').click();
  await atBank.submitCredit(page);
  await atBank.back(page);
  await shop.expectPaid('40 230 ₽');
  await bank.request();
  await bank.payment();
});

test('500 before the work: unknown as well, sent again under the same id', async ({ shop, bank }) => {
  await shop.order('romashka-director', goods.armchair, 'invoice');
  await bank.fault({ method: 'POST', path: calls.draft, kind: 'status', status: 500 });
  await shop.id('pay-submit').click();
  await expect(shop.id('payment-card')).toContainText('Проверяем, принял ли банк документ');
  const id = await shop.id('payment-card').getAttribute('data-payment');
  await expect(shop.id('open-bank')).toBeVisible();
  expect((await bank.payment()).externalId).toBe(id);
});

test('the bank is slow: the buyer waits no longer than 5 s and sees the truth', async ({ page, shop, bank }) => {
  const number = await shop.order('romashka-director', goods.armchair, 'invoice');
  await bank.fault({ method: 'POST', path: calls.draft, kind: 'delay', delay: '9s' });
  const start = Date.now();
  const answered = page.waitForResponse((r) => r.request().method() === 'POST').then(() => Date.now() - start);
  await shop.id('pay-submit').click();
  expect(await answered).toBeLessThan(5500);
  await expect(page).toHaveURL(shop.url(`/orders/${number}`));
  await expect(shop.id('payment-card')).toContainText('Проверяем, принял ли банк документ');
  await expect(shop.id('open-bank')).toBeVisible({ timeout: 15_000 });
  await bank.payment();
});

test('a refused document: the bank’s words, the order stays, another way pays', async ({ page, shop, bank }) => {
  await shop.order('romashka-director', goods.armchair, 'invoice');
  await bank.fault({ method: 'POST', path: calls.draft, kind: 'status', status: 400 });
  await shop.id('pay-submit').click();
  await expect(shop.id('message')).toContainText('Банк не принял документ');
  await expect(shop.id('message')).toContainText('Невозможно идентифицировать организацию плательщика');
  await expect(shop.id('message')).toContainText('Деньги не списаны');
  await expect(shop.id('order-history')).not.toContainText('Банк обрабатывает документ');
  expect(await bank.documents()).toEqual([]);
  await shop.choose('credit');
  await shop.pay();
  await atBank.submitCredit(page);
  await atBank.back(page);
  await shop.expectPaid('40 230 ₽');
});
