import AxeBuilder from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';
import axe from 'axe-core'; // what the builder itself brings

export const widths = { desktop: { width: 1280, height: 900 }, phone: { width: 375, height: 812 } };

const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** expectAccessible runs axe over the whole page: WCAG 2.2 AA and good practice, no exceptions. Legacy mode leaves out other frames: there are none. */
export async function expectAccessible(page: Page) {
  // The builder would put half a megabyte of axe into the page twice for each look at it.
  if (!await page.evaluate('"axe" in window')) await page.evaluate(axe.source);
  const { violations } = await new AxeBuilder({ page, axeSource: ';' }).options({ runOnly: rules, resultTypes: ['violations'] }).setLegacyMode().analyze();
  const found = violations.map((v) => `${v.id} (${v.impact}): ${v.nodes.map((n) => n.target.join(' ')).slice(0, 5).join(', ')}. ${v.nodes[0].failureSummary}`);
  expect.soft(found, `axe at ${page.viewportSize()?.width} px`).toEqual([]);
}

/** expectNoSideways fails when the page scrolls horizontally, and names what sticks out. */
export async function expectNoSideways(page: Page) {
  const wide = await page.evaluate(() => {
    const limit = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= limit) return [];
    return [...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > limit + 1).slice(0, 5)
      .map((e) => `${e.tagName.toLowerCase()}.${e.className} ${Math.round(e.getBoundingClientRect().right)} px`);
  });
  expect.soft(wide, `nothing sticks out at ${page.viewportSize()?.width} px`).toEqual([]);
}
