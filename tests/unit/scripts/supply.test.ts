import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

const ROOT = join(import.meta.dirname, '../../..');
const read = <T>(file: string, schema: z.ZodType<T>): T =>
  schema.parse(JSON.parse(readFileSync(join(ROOT, file), 'utf8')));

const manifest = read(
  'package.json',
  z.object({
    dependencies: z.record(z.string(), z.string()),
    optionalDependencies: z.record(z.string(), z.string()),
    devDependencies: z.record(z.string(), z.string()),
    allowScripts: z.record(z.string(), z.boolean()),
  }),
);
const lock = read(
  'package-lock.json',
  z.object({
    packages: z.record(
      z.string(),
      z.object({
        version: z.string().optional(),
        resolved: z.string().optional(),
        integrity: z.string().optional(),
        hasInstallScript: z.boolean().optional(),
      }),
    ),
  }),
);
const packages = Object.entries(lock.packages).filter(([path]) => path !== '');

describe('what is installed', () => {
  it('is named by exact versions', () => {
    const { dependencies, optionalDependencies, devDependencies } = manifest;
    const all = { ...dependencies, ...optionalDependencies, ...devDependencies };
    for (const [name, version] of Object.entries(all)) {
      expect(version, name).toMatch(/^\d+\.\d+\.\d+$/);
    }
  });

  it('is locked by content, from no other registry than the public one', () => {
    for (const [path, { resolved, integrity }] of packages) {
      expect(integrity, path).toMatch(/^sha512-/);
      expect(resolved ?? 'https://registry.npmjs.org/', path).toMatch(/^https:\/\/registry\.npmjs\.org\//);
    }
  });

  it('runs nothing while it is installed: every install script is known and switched off', () => {
    const withScript = packages.filter(([, { hasInstallScript }]) => hasInstallScript === true);
    const names = withScript.map(([path]) => path.slice(path.lastIndexOf('node_modules/') + 13));
    expect(names.filter((name) => manifest.allowScripts[name] !== false)).toEqual([]);
  });
});

describe('npm run sbom', () => {
  it('lists every package in service with its version and hash, as CycloneDX', () => {
    const script = join(ROOT, 'scripts/sbom.mjs');
    const output = execFileSync(process.execPath, [script], { encoding: 'utf8', maxBuffer: 100_000_000 });
    const component = z.object({
      name: z.string(),
      version: z.string(),
      purl: z.string(),
      hashes: z.array(z.unknown()).min(1),
    });
    const sbom = z
      .object({
        bomFormat: z.literal('CycloneDX'),
        metadata: z.object({ component: z.object({ name: z.string() }) }),
        components: z.array(component),
      })
      .parse(JSON.parse(output));
    expect(sbom.metadata.component.name).toBe('alongside');
    const purls = sbom.components.map(({ purl }) => decodeURIComponent(purl));
    for (const [name, version] of Object.entries(manifest.dependencies)) {
      expect(purls).toContain(`pkg:npm/${name}@${version}`);
    }
    expect(sbom.components.map(({ name }) => name)).not.toContain('vitest');
  });
});
