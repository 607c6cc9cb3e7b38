import { render } from 'preact';
import { createTheme } from '../core/theme.js';
import { storedAccount } from './account.js';
import { App } from './app.js';
import { openIndexedOutbox } from './indexed-outbox.js';
import { createPhone, PhoneContext } from './phone.js';

createTheme();
const root = document.getElementById('app');
if (root !== null) {
  const phone = createPhone(await openIndexedOutbox(), isSecureContext ? storedAccount() : undefined);
  render(
    <PhoneContext value={phone}>
      <App />
    </PhoneContext>,
    root,
  );
}
if ('serviceWorker' in navigator) {
  // Without it the page still works, but not when it is opened while the gateway is away.
  await navigator.serviceWorker.register('/phone-worker.js', { scope: '/phone' }).catch(() => undefined);
}
