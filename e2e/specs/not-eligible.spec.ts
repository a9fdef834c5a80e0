import { atBank, expect, goods, test } from '../support/fixtures';

test.use({ fresh: true });

for (const { who, person, words, prepare } of [
  { who: 'the bank does not offer credit to the company', person: 'sever-director', words: 'Банк сейчас не предлагает вашей компании покупку в кредит. Это решение банка; заказ можно оплатить по счёту.' },
  { who: 'the legal form is not served', person: 'zavod-director', words: 'Кредит в корзине доступен ООО, ИП и ГКФХ.' },
  { who: 'there are no offers', person: 'gavan-director', words: 'Для вашей организационно-правовой формы сейчас нет кредитных предложений.', prepare: true },
]) {
  test(`${who}: the reason in words, the invoice works`, async ({ page, shop, bank, another }) => {
    if (prepare) {
      await bank.offers('ООО', []);
      const merchant = await another();
      await merchant.enter('merchant-manager');
      await merchant.open('/admin');
      await merchant.id('admin-refresh-offers').click();
      await expect(merchant.id('notice')).toBeVisible();
    }
    await shop.put(goods.armchair);
    await shop.enter(person);
  await shop.open('/cart');
    await expect(shop.id('decision')).toContainText(words);
    await expect(shop.id('limit-chip')).toHaveCount(0);
    await shop.toCheckout();
    await expect(shop.id('pay-method-credit')).toBeDisabled();
    await expect(shop.way('credit').getByTestId('decision-reason')).toHaveText(words);
    await expect(shop.id('pay-method-line')).toBeDisabled();
    await expect(shop.id('pay-method-invoice')).toBeChecked();
    const number = await shop.place();

    const form = await shop.payForm();
    const forced = await shop.post(`/orders/${number}/payments`, { ...form, method: 'credit', product_code: 'MBKoo226', term: '12', decision: '' });
    expect(forced.status()).toBe(422);
    expect(await bank.documents()).toEqual([]);

    await shop.pay();
    await atBank.sign(page);
    await atBank.back(page);
    await shop.expectPaid('40 230 ₽');
    expect(await bank.payment()).toMatchObject({ funding: 'own', amount: 40230, bankStatus: 'IMPLEMENTED' });
  });
}
