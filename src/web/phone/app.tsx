import { InsecurePage } from './insecure-page.js';
import { JoinPage } from './join-page.js';
import { usePhone } from './phone.js';
import { StreamPage } from './stream-page.js';

/** The page for phones: what to do first, then what it streams. */
export function App() {
  const { account } = usePhone();
  return (
    <>
      <header class="top">
        <img src="/icon.svg" alt="" width="28" height="28" />
        <strong>Alongside</strong>
        {account.value !== undefined && <span class="soft">{account.value.device}</span>}
      </header>
      <main class="stack">{page(account.value !== undefined)}</main>
    </>
  );
}

function page(hasJoined: boolean) {
  if (!isSecureContext) return <InsecurePage />;
  return hasJoined ? <StreamPage /> : <JoinPage />;
}
