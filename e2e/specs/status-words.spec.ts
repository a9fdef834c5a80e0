import { type Bank } from '../support/bank';
import { atBank, calls, expect, goods, type Shop, test } from '../support/fixtures';

// What a buyer reads in the scenarios of docs/reliability.md that have no story of their own elsewhere.

/** told opens an order again and again until the shop has asked the bank and says the words. An answer younger than 2 s is not asked for again. */
async function told(shop: Shop, number: string, words: string) {
  await expect(async () => {
    await shop.open(`/orders/${number}`);
    await expect(shop.id('payment-card').first()).toContainText(words, { timeout: 1 });
  }).toPass({ intervals: [400], timeout: 15_000 });
}

/** drafted is an order with its draft at the bank, and nobody has signed it. */
async function drafted(shop: Shop, bank: Bank, method: 'invoice' | 'line' = 'invoice', person = 'romashka-director') {
  const number = await shop.order(person, goods.armchair, method);
  await shop.pay();
  const made = (await bank.documents()).filter((d) => d.kind === 'payment' && d.order === number);
  expect(made).toHaveLength(1);
  return { number, id: made[0].externalId };
}

test('back too early, a forged address, a forged notification: only the bank’s word counts, and paid stays paid', async ({ page, shop, bank, another }) => {
  const { number, id } = await drafted(shop, bank);
  const merchant = await another();
  await merchant.enter('merchant-manager');
  await merchant.open('/admin');
  const hook = await merchant.id('hook-url').inputValue();
  const notify = (status: string) => page.request.post(hook, { data: { externalId: id, bankStatus: status, eventTime: '2026-11-22T12:00:00' } });

  await shop.open(`/orders/${number}?status=success&paid=1&bankStatus=IMPLEMENTED`);
  await expect(shop.id('payment-card')).toContainText('Документ ждёт подписи в СберБизнес до');
  await expect(shop.id('order-paid')).toHaveText('0 ₽');
  expect((await notify('IMPLEMENTED')).status()).toBe(200);
  await shop.id('open-bank').click();
  await bank.call('POST', '/api/speed', { step: '1h' });
  await atBank.sign(page);
  await atBank.back(page);
  await expect(page).toHaveURL(shop.url(`/orders/${number}`));
  await expect(shop.id('payment-card')).toContainText('Банк обрабатывает документ, обычно до 1 минуты.');
  await expect(shop.id('order-status')).not.toContainText('Оплачен');
  await expect(shop.id('order-paid')).toHaveText('0 ₽');

  await bank.status(id, 'IMPLEMENTED');
  await shop.expectPaid('40 230 ₽');
  await bank.status(id, 'ACCEPTED');
  expect((await notify('ACCEPTED')).status()).toBe(200);
  await shop.open(`/orders/${number}`);
  await shop.expectPaid('40 230 ₽');
});

test('no money, a pause, a check, a refusal: each in words of its own', async ({ shop, bank }) => {
  const { number, id } = await drafted(shop, bank);
  for (const [status, words, badge] of [
    ['CARD2', 'На счёте не хватает денег. Платёж исполнится, когда они поступят.', 'Нужно ваше действие'],
    ['DELAYED', 'Банк дополнительно проверяет платёж и может связаться с вами.', 'Банк проверяет'],
    ['FRAUDDENY', 'Банк дополнительно проверяет платёж и может связаться с вами.', 'Банк проверяет'],
  ]) {
    await bank.status(id, status);
    await told(shop, number, words);
    await expect(shop.id('order-status')).toContainText(badge);
    await expect(shop.id('pay-form')).toHaveCount(0);
  }
  await bank.status(id, 'REFUSEDBYBANK', 'Подозрительная операция');
  await told(shop, number, 'Банк отклонил документ. Деньги не списаны. Заказ сохранён, выберите другой способ.');
  await expect(shop.id('bank-comment')).toContainText('Подозрительная операция');
  await expect(shop.id('pay-submit')).toBeVisible();
});

test('the document is deleted in the bank, another vanishes there: what became of each, and what to do', async ({ shop, bank }) => {
  const deleted = await drafted(shop, bank);
  const vanished = await drafted(shop, bank);
  await bank.status(deleted.id, 'DELETED');
  await told(shop, deleted.number, 'Документ удалён в СберБизнес. Деньги не списаны. Заказ сохранён, выберите другой способ.');
  await expect(shop.id('payment-status')).toContainText('Не исполнен');
  await expect(shop.id('pay-submit')).toBeVisible();

  await bank.fault({ method: 'GET', path: calls.state, kind: 'status', status: 404, times: 0 });
  await expect(async () => {
    await shop.open(`/orders/${vanished.number}`);
    await expect(shop.id('message')).toContainText('Магазин проверяет оплату этого заказа.', { timeout: 1 });
  }).toPass({ intervals: [700], timeout: 20_000 });
  await expect(shop.id('message')).toContainText('Прежде чем платить ещё раз, свяжитесь с магазином.');
  await expect(shop.id('order-status')).toContainText('Ждёт подписи');
  await expect(shop.id('pay-form')).toHaveCount(0);
});

test('two open orders of one sum: the one that was signed is paid, the other waits', async ({ shop, bank }) => {
  const first = await drafted(shop, bank);
  const second = await drafted(shop, bank);
  expect(second.id).not.toBe(first.id);
  await bank.sign(second.id);
  await expect.poll(async () => (await bank.documents()).find((d) => d.externalId === second.id)?.bankStatus).toBe('IMPLEMENTED');
  await told(shop, second.number, 'Оплачено 40 230 ₽');
  await shop.expectPaid('40 230 ₽');
  await shop.open(`/orders/${first.number}`);
  await expect(shop.id('payment-card')).toContainText('Документ ждёт подписи в СберБизнес');
  await expect(shop.id('order-due')).toHaveText('40 230 ₽');
});
