import { expect, test } from '../support/fixtures';

test('the control page: the clock, a planned fault, a request as curl', async ({ page, demo, bank, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: demo.control });
  await page.goto(demo.control + '/');
  const clock = page.getByTestId('control-clock');
  await expect(clock).toContainText('МСК');
  const before = Date.parse((await bank.state()).clock);
  await page.getByRole('button', { name: '+10 дней' }).click();
  await expect(page.locator('#clock')).toContainText('Сдвиг 240h0m0s');
  expect(Date.parse((await bank.state()).clock) - before).toBeGreaterThan(239 * 3_600_000);

  await page.getByTestId('control-fault-kind').selectOption({ label: '503, банк недоступен' });
  await page.getByTestId('control-fault-add').click();
  await expect(page.getByTestId('control-faults')).toContainText('status 503 /fintech/');
  const answer = await page.request.get(`${demo.bank}/fintech/api/v1/credit-offers`, { headers: { Authorization: 'Bearer SECRET0123456789' } });
  expect(answer.status()).toBe(503);

  await page.reload();
  await expect(page.getByTestId('control-faults')).toContainText('Сбоев не запланировано');
  const row = page.getByTestId('control-log').locator('tbody tr').filter({ hasText: '/fintech/api/v1/credit-offers' }).first();
  await row.getByText('Подробнее').click();
  await expect(page.locator('.exchange')).toContainText('UNAVAILABLE_RESOURCE_EXCEPTION');
  await row.getByTestId('control-curl').click();
  await expect(page.getByRole('status')).toContainText('Команда скопирована');
  const command = await page.evaluate(() => navigator.clipboard.readText());
  expect(command).toContain(`'${demo.bank}/fintech/api/v1/credit-offers'`);
  expect(command).toContain('"$ACCESS_TOKEN"');
  expect(command).not.toContain('SECRET0123456789');
});
