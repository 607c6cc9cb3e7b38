import { useComputed } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { SimulatedBanner } from '../components/status-chip.js';
import { NotificationsPage } from '../notifications/notifications-page.js';
import { useDashboard } from './dashboard.js';
import { DevicePage } from './device-page.js';
import { GatewayPage } from './gateway-page.js';
import { Header } from './header.js';
import { Overview } from './overview.js';
import { TokenForm } from './token-form.js';

/** The whole dashboard. */
export function App() {
  const { session, problem, route, told } = useDashboard();
  return (
    <>
      <button type="button" class="skip" onClick={() => document.getElementById('main')?.focus()}>
        Skip to content
      </button>
      <Header />
      <Main key={JSON.stringify(route.value)}>
        <SimulatedBanner models={told.value.simulated} />
        {problem.value !== undefined && (
          <p class="problem" role="alert">
            {problem.value}
          </p>
        )}
        {session.wanted.value === undefined ? <Page /> : <TokenForm />}
      </Main>
    </>
  );
}

function Main({ children }: { readonly children: preact.ComponentChildren }) {
  const main = useRef<HTMLElement>(null);
  const { route } = useDashboard();
  const title = useComputed(() => (route.value.page === 'device' ? route.value.device : route.value.page));
  useEffect(() => {
    document.title = `${title.value} · Alongside`;
  }, [title.value]);
  return (
    <main id="main" ref={main} tabIndex={-1} class="stack">
      {children}
    </main>
  );
}

function Page() {
  const { route } = useDashboard();
  const shown = route.value;
  switch (shown.page) {
    case 'devices':
      return <Overview />;
    case 'device':
      return <DevicePage device={shown.device} key={shown.device} />;
    case 'gateway':
      return <GatewayPage />;
    case 'notifications':
      return <NotificationsPage />;
  }
}
