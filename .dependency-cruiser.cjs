// Keeps the rooms of src/README.md apart. Each room names the rooms it may know besides itself.
const ROOMS = {
  domain: [],
  shared: ['domain'],
  ingest: ['domain', 'shared'],
  inference: ['domain', 'shared'],
  access: ['domain', 'shared'],
  stream: ['domain', 'shared', 'inference'],
  storage: ['domain', 'shared', 'inference'],
  company: ['domain', 'shared', 'stream'],
  training: ['domain', 'shared', 'inference', 'stream', 'company'],
  recordings: ['domain', 'shared', 'ingest', 'inference', 'stream', 'company'],
  notify: ['domain', 'shared', 'storage'],
  http: ['domain', 'shared', 'access', 'inference', 'notify', 'recordings'],
  config: ['domain', 'shared', 'ingest', 'notify'],
  telemetry: ['domain', 'shared', 'config', 'http'],
  cluster: [
    'domain',
    'shared',
    'ingest',
    'stream',
    'company',
    'storage',
    'notify',
    'http',
    'config',
    'telemetry',
    'gateway',
  ],
  gateway: [
    'domain',
    'shared',
    'ingest',
    'inference',
    'access',
    'stream',
    'company',
    'storage',
    'recordings',
    'notify',
    'http',
    'config',
    'telemetry',
  ],
  cli: [
    'domain',
    'shared',
    'ingest',
    'inference',
    'access',
    'stream',
    'company',
    'storage',
    'training',
    'recordings',
    'notify',
    'http',
    'config',
    'telemetry',
    'cluster',
    'gateway',
  ],
  // Of `shared` only what needs no Node.js: its own type check says so.
  web: ['shared'],
};

/** Files at the top of `src`, and who may know them. */
const TOP_FILES = { 'pipeline.ts': ['gateway'], 'gateway.ts': ['cli'], 'main.ts': [] };

const rooms = Object.entries(ROOMS).map(([room, known]) => ({
  name: `${room}-knows-its-rooms`,
  severity: 'error',
  from: { path: `^src/${room}/` },
  to: { path: '^src/[^/]+/', pathNot: `^src/(${[room, ...known].join('|')})/` },
}));

const topFiles = Object.entries(TOP_FILES).map(([file, knownBy]) => ({
  name: `who-knows-${file}`,
  severity: 'error',
  from: { path: '^src/[^/]+/', pathNot: knownBy.length === 0 ? [] : `^src/(${knownBy.join('|')})/` },
  to: { path: `^src/${file.replace('.', '\\.')}$` },
}));

module.exports = {
  forbidden: [
    ...rooms,
    ...topFiles,
    {
      name: 'cluster-is-loaded-when-it-is-used',
      comment: 'a gateway by itself loads nothing of NATS; types are gone by then',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/cluster/' },
      to: {
        path: '^(src/cluster/|node_modules/@nats-io/)',
        dynamic: false,
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-unlisted-packages',
      severity: 'error',
      from: { path: '^src', pathNot: '^src/web/' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'npm-dev'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.js'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node'],
    },
  },
};
