// Carries the MobileNetV2 of the npm package @mediapipe/objectron (Apache-2.0) into ONNX, as a folder for `train apparel`:
//   node scripts/backbone.mjs [FOLDER]
// The package is fetched by npm, so that whatever registry npm is set up for is used; its SHA-256 is checked.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const NAME = 'mobilenet-v2-objectron';
const PACKAGE = '@mediapipe/objectron@0.4.1675468480';
const folder = process.argv[2] ?? join('backbones', NAME);
const main = join(import.meta.dirname, '../dist/main.js');
const temporary = mkdtempSync(join(tmpdir(), 'alongside-backbone-'));
try {
  run('npm', ['pack', PACKAGE, '--silent', '--pack-destination', temporary]);
  const archive = join(temporary, 'mediapipe-objectron-0.4.1675468480.tgz');
  run(process.execPath, [main, 'models', 'pull', NAME, '--from', archive, '--out', folder]);
} finally {
  rmSync(temporary, { recursive: true, force: true });
}

function run(program, words) {
  const { status } = spawnSync(program, words, { stdio: 'inherit' });
  if (status !== 0) throw new Error(`${program} ${words.join(' ')} ended with ${status}`);
}
