import { THEME_CHOICES } from '../core/theme.js';
import { useDashboard } from './dashboard.js';
import { linkTo, type Route } from './route.js';

const PAGES: readonly { readonly label: string; readonly route: Route }[] = [
  { label: 'Devices', route: { page: 'devices' } },
  { label: 'Notifications', route: { page: 'notifications' } },
  { label: 'Gateway', route: { page: 'gateway' } },
];

const CONNECTION_WORDS = {
  connecting: 'connecting …',
  live: 'live',
  lost: 'connection lost, trying again',
  refused: 'token refused',
} as const;

export function Header() {
  const { route, connection, session, theme } = useDashboard();
  const isSignedOut = connection.value === 'refused' && session.token.value === undefined;
  return (
    <header class="top">
      <a class="brand" href={linkTo({ page: 'devices' })}>
        <img src="/icon.svg" alt="" width="32" height="32" />
        Alongside
      </a>
      <nav aria-label="Pages">
        {PAGES.map(({ label, route: { page } }) => (
          <a
            key={page}
            href={linkTo({ page } as Route)}
            aria-current={isWithin(route.value, page) ? 'page' : undefined}
          >
            {label}
          </a>
        ))}
      </nav>
      <span class={`connection ${connection.value}`} role="status">
        {isSignedOut ? 'not signed in' : CONNECTION_WORDS[connection.value]}
      </span>
      <label class="theme">
        <span class="hidden">Theme</span>
        <select
          value={theme.choice.value}
          onChange={({ currentTarget }) => {
            theme.choice.value = THEME_CHOICES.find((choice) => choice === currentTarget.value) ?? 'auto';
          }}
        >
          <option value="auto">Theme: auto</option>
          <option value="light">Theme: light</option>
          <option value="dark">Theme: dark</option>
        </select>
      </label>
      {session.token.value !== undefined && (
        <button type="button" onClick={() => session.signOut()}>
          Sign out
        </button>
      )}
    </header>
  );
}

function isWithin(route: Route, page: Route['page']): boolean {
  return route.page === page || (route.page === 'device' && page === 'devices');
}
