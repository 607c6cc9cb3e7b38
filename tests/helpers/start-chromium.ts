import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { PATIENCE_MS } from './eventually.js';
import { findProgram } from './server-process.js';

/** What keeps a browser quiet in a test: no sandbox for root, no GPU, no calls to its maker. */
const QUIET = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export interface TestBrowser extends AsyncDisposable {
  readonly browser: Browser;
  /** A page in a profile of its own; what goes wrong in it is collected. */
  open(options?: Parameters<Browser['newContext']>[0]): Promise<OpenPage>;
}

export interface OpenPage {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Errors of scripts, and what the page's security policy refused. */
  readonly errors: string[];
}

/** Starts Debian's Chromium without a window; the profile is new and goes with it. */
export async function startChromium(args: readonly string[] = []): Promise<TestBrowser> {
  const executablePath = await findProgram('chromium');
  const browser = await chromium.launch({ executablePath, headless: true, args: [...QUIET, ...args] });
  return {
    browser,
    open: async (options) => {
      const context = await browser.newContext(options);
      context.setDefaultTimeout(PATIENCE_MS);
      const page = await context.newPage();
      const errors: string[] = [];
      page.on('pageerror', (error) => errors.push(String(error)));
      page.on('console', (message) => {
        if (message.type() === 'error') errors.push(message.text());
      });
      return { page, context, errors };
    },
    [Symbol.asyncDispose]: () => browser.close(),
  };
}
