import { expect, type Page } from '@playwright/test';

/** Document is a row of the bank's documents as control shows it. */
export interface Document {
  kind: 'payment' | 'credit-request';
  externalId: string;
  company: string;
  bankStatus: string;
  amount: number;
  creditAmount?: number;
  decision?: string;
  funding?: 'own' | 'line' | 'credit';
  contractNumber?: string;
  order?: string;
  purpose: string;
  signedBy: string[] | null;
  warnings?: unknown[];
}

export interface Fault {
  method?: string;
  path: string;
  kind: 'status' | 'lose-answer' | 'drop' | 'delay' | 'html' | 'truncate' | 'unknown-status' | 'unknown-field' | 'wrong-content-type' | 'duplicate-callback' | 'bad-jwt';
  company?: string;
  status?: number;
  times?: number;
  skip?: number;
  delay?: string;
  afterWork?: boolean;
  claims?: Record<string, unknown>;
}

/** The bank's calls that faults are aimed at. */
export const calls = {
  anything: '/fintech/api/v1/',
  draft: '/fintech/api/v1/payments/from-invoice-any',
  offers: '/fintech/api/v1/credit-offers',
  request: '/fintech/api/v1/credit-requests',
  state: '/fintech/api/v1/payments/*/state',
  token: '/ic/sso/api/v2/oauth/token',
  userInfo: '/ic/sso/api/v2/oauth/user-info',
};

/** Bank is the control API of the emulator: what the bank really has, and what it is made to do. */
export class Bank {
  constructor(private readonly control: string) {}

  async call<T = unknown>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await fetch(this.control + path, { method, body: body === undefined ? undefined : JSON.stringify(body) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return (text ? JSON.parse(text) : undefined) as T;
  }

  async reset() {
    await this.call('POST', '/api/reset');
    await this.call('POST', '/api/speed', { step: '50ms' });
  }

  documents = async () => (await this.call<{ documents: Document[] }>('GET', '/api/documents')).documents;
  sign = (id: string, person?: string) => this.call('POST', `/api/documents/${id}/sign`, person ? { person } : {});
  decline = (id: string) => this.call('POST', `/api/documents/${id}/decline`);
  status = (id: string, status: string, comment = '') => this.call('POST', `/api/documents/${id}/status`, { status, comment });
  approve = (id: string) => this.call('POST', `/api/credit-requests/${id}/approve`);
  company = (id: string, change: object) => this.call('PUT', `/api/companies/${id}`, change);
  offers = (form: string, list: object[]) => this.call('PUT', `/api/offers/${encodeURIComponent(form)}`, list);
  fault = (fault: Fault) => this.call('POST', '/api/faults', { times: 1, ...fault });
  clearFaults = () => this.call('DELETE', '/api/faults');
  state = () => this.call<any>('GET', '/api/state');

  /** payment gives the one payment order that the bank has, and fails when there are more or none. */
  async payment(): Promise<Document> {
    const payments = (await this.documents()).filter((d) => d.kind === 'payment');
    expect(payments, 'payment orders at the bank').toHaveLength(1);
    return payments[0];
  }

  /** request gives the one credit request that the bank has. */
  async request(): Promise<Document> {
    const requests = (await this.documents()).filter((d) => d.kind === 'credit-request');
    expect(requests, 'credit requests at the bank').toHaveLength(1);
    return requests[0];
  }

  /** sees waits until the bank's only payment order has the given status. */
  async sees(status: string) {
    await expect.poll(async () => (await this.documents()).filter((d) => d.kind === 'payment').map((d) => d.bankStatus)).toEqual([status]);
  }

  async companyOf(id: string) {
    return (await this.state()).companies.find((c: { id: string }) => c.id === id);
  }
}

/** At the bank's own pages. Its SMS code is always 11111. */
export const atBank = {
  /** signIn chooses who enters and agrees, on the page that a service's sign-in leads to. */
  async signIn(page: Page, person: string) {
    await page.getByTestId(`bank-login-person-${person}`).check();
    await page.getByTestId('bank-allow').click();
  },

  async switchTo(page: Page, person: string) {
    await page.getByTestId('bank-switch-person').click();
    await this.signIn(page, person);
    await expect(page.getByTestId('bank-who')).toBeVisible();
  },

  async sign(page: Page) {
    await page.getByTestId('sms-code').fill('11111');
    await page.getByTestId('bank-sign').click();
    await expect(page.getByTestId('bank-outcome')).toBeVisible();
  },

  /** submitCredit fills in and signs a credit request; the bank approves. */
  async submitCredit(page: Page) {
    await page.getByTestId('credit-confirm').check();
    await page.getByTestId('sms-code').fill('11111');
    await page.getByTestId('bank-credit-submit').click();
    await expect(page.getByTestId('bank-outcome')).toContainText('Кредит одобрен');
  },

  async refuseCredit(page: Page) {
    await page.getByTestId('bank-credit-refuse').click();
    await expect(page.getByTestId('bank-outcome')).toContainText('Банк отказал');
  },

  async back(page: Page) {
    await page.getByTestId('bank-return').click();
  },
};
