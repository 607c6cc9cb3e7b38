// Keeps the architecture of src/README.md: dependencies run domain <- stages <- pipeline <- gateway <- cli <- main.
const STAGES = [
  'sources',
  'decode',
  'synchronise',
  'window',
  'infer',
  'track',
  'sinks',
  'apparel',
  'training',
  'http',
  'webhooks',
  'simulation',
];

const noStageImportsAnother = STAGES.map((stage) => ({
  name: `stage-${stage}-stands-alone`,
  comment: 'Stages know the domain, never one another; pipeline, gateway and commands put them together.',
  severity: 'error',
  from: { path: `^src/${stage}/` },
  to: { path: `^src/(${STAGES.filter((other) => other !== stage).join('|')}|cli)/` },
}));

module.exports = {
  forbidden: [
    ...noStageImportsAnother,
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'pages-know-the-client-only',
      comment: 'What runs in browsers speaks with the gateway by its public API.',
      severity: 'error',
      from: { path: '^src/(web|client)/' },
      to: { path: '^src/', pathNot: '^src/(web|client)/' },
    },
    {
      name: 'domain-knows-nobody',
      comment: 'The words of the field depend on nothing else.',
      severity: 'error',
      from: { path: '^src/domain/' },
      to: { pathNot: '^src/domain/' },
    },
    {
      name: 'stages-are-composed-from-above',
      severity: 'error',
      from: { path: `^src/(${STAGES.join('|')}|models|recordings|onnx|config|backbones|image-training)/` },
      to: { path: '^src/(main|pipeline|gateway)\\.ts$' },
    },
    {
      name: 'image-training-is-for-commands',
      comment: 'It builds on training, images and backbones; nothing that serves needs it.',
      severity: 'error',
      from: { pathNot: '^src/(image-training|cli)/' },
      to: { path: '^src/image-training/' },
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
