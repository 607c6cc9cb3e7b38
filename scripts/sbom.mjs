// Prints what is in service as CycloneDX. npm's own --omit dev leaves out packages that development needs as well, so
// everything is asked for, and what is for development only taken out here.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const DEVELOPMENT = 'cdx:npm:package:development';

const args = ['sbom', '--package-lock-only', '--sbom-format', 'cyclonedx', '--sbom-type', 'application'];
const options = { cwd: root, encoding: 'utf8', maxBuffer: 100_000_000, stdio: ['ignore', 'pipe', 'ignore'] };
const sbom = JSON.parse(execFileSync('npm', args, options));
const { name } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

const components = sbom.components.filter(
  ({ properties = [] }) => !properties.some((property) => property.name === DEVELOPMENT),
);
const kept = new Set([
  sbom.metadata.component['bom-ref'],
  ...components.map((component) => component['bom-ref']),
]);
const dependencies = sbom.dependencies
  .filter(({ ref }) => kept.has(ref))
  .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((other) => kept.has(other)) }));
// npm names it after the folder.
const component = { ...sbom.metadata.component, name };
const metadata = { ...sbom.metadata, component };

process.stdout.write(`${JSON.stringify({ ...sbom, metadata, components, dependencies }, undefined, 2)}\n`);
