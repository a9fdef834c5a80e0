import { defineConfig } from '@playwright/test';

// Every worker runs the demo program on ports of its own (support/fixtures.ts), so nothing here knows an address.
export default defineConfig({
  testDir: './specs',
  // The docs' pictures are taken on request, so that a test run leaves the tree as it was.
  testIgnore: process.env.PICTURES ? [] : ['**/pictures.spec.ts'],
  outputDir: './test-results',
  fullyParallel: true,
  workers: 4, // on two cores: half of a test waits rather than computes
  retries: 0,
  timeout: 45_000,
  expect: { timeout: 10_000 },
  forbidOnly: Boolean(process.env.CI),
  reporter: [['list']],
  use: {
    browserName: 'chromium',
    locale: 'ru-RU',
    timezoneId: 'Europe/Moscow',
    viewport: { width: 1280, height: 900 },
    trace: 'off',
    // With -tls the bank's browser host has a certificate of the emulator's own authority.
    ignoreHTTPSErrors: true,
    // The shell is the same engine without the windows of the whole browser, which cost more than the pages.
    launchOptions: { executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium-headless-shell' },
  },
});
