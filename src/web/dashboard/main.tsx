import { render } from 'preact';
import { PRESETS } from '../core/range.js';
import { createTheme } from '../core/theme.js';
import { App } from './app.js';
import { DashboardContext, startDashboard } from './dashboard.js';
import { createRouter } from './route.js';
import { createSession } from './session.js';

const dashboard = startDashboard({
  session: createSession(location.origin),
  theme: createTheme(),
  ...createRouter({ kind: 'last', lengthMs: PRESETS[1].lengthMs }),
});
const root = document.getElementById('app');
if (root !== null) {
  render(
    <DashboardContext value={dashboard}>
      <App />
    </DashboardContext>,
    root,
  );
}
