import type { BrowserContext } from '@playwright/test';
import type { Demo } from './demo';

/** Guard watches browsers: every error of a console or a script, every breach of the content policy and every request to a foreign host is a problem. */
export class Guard {
  readonly problems: string[] = [];
  readonly requests: string[] = [];
  private readonly pages = new Set<string>(); // addresses that were opened as documents
  private readonly allowed: RegExp[] = [];

  constructor(private readonly demo: Demo) {}

  /** allow accepts console errors that a test provokes on purpose. */
  allow(pattern: RegExp) {
    this.allowed.push(pattern);
  }

  watch(context: BrowserContext) {
    context.on('request', (request) => {
      const url = request.url();
      this.requests.push(url);
      if (request.isNavigationRequest()) this.pages.add(url);
      if (/^https?:/.test(url) && !this.demo.owns(url)) this.report(`a request left for ${url}`);
    });
    context.on('weberror', (e) => this.report(`script: ${e.error().message}`));
    context.on('console', (message) => {
      const at = message.location().url;
      // Chromium reports the status of a page that is an error page by intention; its test looks at the status itself.
      const ownStatus = message.text().startsWith('Failed to load resource') && this.pages.has(at);
      if (message.type() === 'error' && !ownStatus) this.report(`console: ${message.text()} (${at})`);
      if (/content.security.policy/i.test(message.text()) && message.type() !== 'error') this.report(`policy: ${message.text()}`);
    });
  }

  private report(problem: string) {
    if (!this.allowed.some((pattern) => pattern.test(problem))) this.problems.push(problem);
  }
}
