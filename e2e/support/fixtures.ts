import { test as base, type BrowserContext, type BrowserContextOptions, expect } from '@playwright/test';
import { Bank } from './bank';
import { Demo } from './demo';
import { Guard } from './guard';
import { Shop } from './shop';

export { expect } from '@playwright/test';
export { atBank, calls } from './bank';
export { goods, Shop } from './shop';

interface Options {
  /** A demo program for this test alone: for tests after which the shop itself would remember changed conditions. */
  fresh: boolean;
  /** Arguments for a program of its own. */
  demoArgs: string[];
}

interface Fixtures {
  demo: Demo;
  bank: Bank;
  shop: Shop;
  guard: Guard;
  /** another gives a second browser (a colleague, another buyer) that is guarded like the first. */
  another: (options?: BrowserContextOptions) => Promise<Shop>;
}

export const test = base.extend<Fixtures & Options, { shared: Demo }>({
  fresh: [false, { option: true }],
  demoArgs: [[], { option: true }],

  shared: [async ({}, use) => {
    const demo = await Demo.start();
    await use(demo);
    await demo.stop();
  }, { scope: 'worker', timeout: 60_000 }],

  demo: async ({ fresh, demoArgs, shared }, use, info) => {
    const own = fresh || demoArgs.length > 0;
    const demo = own ? await Demo.start(demoArgs) : shared;
    const from = demo.log.length;
    await use(demo);
    const said = demo.log.slice(from);
    if (own) await demo.stop();
    if (info.status !== info.expectedStatus && said) await info.attach('demo.log', { body: said, contentType: 'text/plain' });
    expect(said, 'the program panicked').not.toMatch(/msg=panic|panic:|DATA RACE/);
  },

  bank: async ({ demo }, use) => {
    const bank = new Bank(demo.control);
    await bank.reset();
    await use(bank);
  },

  guard: async ({ demo }, use) => {
    const guard = new Guard(demo);
    await use(guard);
    expect(guard.problems, 'errors of the console, of scripts or of the content policy, and requests to foreign hosts').toEqual([]);
  },

  context: async ({ context, guard }, use) => {
    guard.watch(context);
    await use(context);
  },

  shop: async ({ page, demo, bank }, use) => {
    void bank; // the bank is reset before the first click
    await use(new Shop(page, demo));
  },

  another: async ({ browser, demo, guard }, use) => {
    const opened: BrowserContext[] = [];
    await use(async (options = {}) => {
      const context = await browser.newContext(options);
      opened.push(context);
      guard.watch(context);
      return new Shop(await context.newPage(), demo);
    });
    await Promise.all(opened.map((context) => context.close()));
  },
});
