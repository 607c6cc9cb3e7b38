// Writes src/web/client/api-types.ts from the OpenAPI document of a gateway that it starts and stops.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { clientTypes } from './client-types.mjs';

const root = join(import.meta.dirname, '..');
const dataDir = mkdtempSync(join(tmpdir(), 'alongside-client-'));
const settings = [`dataDir=${dataDir}`, 'http.port=0', 'mqtt.port=0', 'logLevel=error'];
const gateway = spawn(
  process.execPath,
  [join(root, 'dist/main.js'), 'start', '--json', ...settings.flatMap((setting) => ['--set', setting])],
  { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] },
);
try {
  for await (const line of createInterface({ input: gateway.stdout })) {
    const { http } = JSON.parse(line);
    const document = await (await fetch(new URL('/openapi.json', http))).json();
    writeFileSync(join(root, 'src/web/client/api-types.ts'), await clientTypes(document));
    break;
  }
} finally {
  gateway.kill('SIGTERM');
  gateway.once('close', () => rmSync(dataDir, { recursive: true, force: true }));
}
