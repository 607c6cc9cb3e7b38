import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { sha256Of } from '../../../../src/inference/models/model-folder.js';
import { readBackbone } from '../../../../src/training/backbones/backbone.js';
import {
  KNOWN_BACKBONES,
  type KnownBackbone,
  knownBackbone,
  pullBackbone,
  readTarEntry,
} from '../../../../src/training/backbones/known-backbones.js';
import { encodeModel } from '../../../../src/training/onnx/encode-model.js';
import { temporaryFolder } from '../../../helpers/temporary-folder.js';
import { TINY_SPEC, tinyBackbone } from '../../../helpers/tiny-backbone.js';

const content = encodeModel(tinyBackbone());
const signal = new AbortController().signal;

describe('pullBackbone', () => {
  it('fetches, checks and writes a folder to train from', async () => {
    await using server = await serve(content);
    await using folder = await temporaryFolder();
    const target = join(folder.path, 'tiny');
    await pullBackbone(known(server.url), { folder: target, from: undefined, signal });
    expect((await readBackbone(target)).spec).toEqual(TINY_SPEC);
  });

  it('takes a file that was fetched before, or a mirror', async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'download');
    await writeFile(file, content);
    const target = join(folder.path, 'tiny');
    await pullBackbone(known('http://nowhere.invalid/'), { folder: target, from: file, signal });
    expect(existsSync(join(target, 'backbone.onnx'))).toBe(true);
  });

  it('writes nothing when something else came', async () => {
    await using server = await serve(Buffer.from('<html>Please log in</html>'));
    await using folder = await temporaryFolder();
    const target = join(folder.path, 'tiny');
    const pull = pullBackbone(known(server.url), { folder: target, from: undefined, signal });
    await expect(pull).rejects.toMatchObject({ code: 'MODEL_INVALID', message: /SHA-256/ });
    expect(existsSync(target)).toBe(false);
  });

  it('breaks off a download that does not end', async () => {
    await using server = await serve(Buffer.alloc(content.length * 3));
    const pull = pullBackbone(known(server.url), { folder: '/nowhere', from: undefined, signal });
    await expect(pull).rejects.toThrow('longer than');
  });

  it('says what to do without internet, and when the server has no such file', async () => {
    await using server = await serve(undefined);
    const options = { folder: '/nowhere', from: undefined, signal };
    await expect(pullBackbone(known(server.url), options)).rejects.toThrow(/answers 404.*--from/);
    await expect(pullBackbone(known('http://127.0.0.1:1/'), options)).rejects.toMatchObject({
      code: 'NOT_FOUND',
      retryable: true,
      message: expect.stringContaining('--from'),
    });
  });
});

describe('knownBackbone', () => {
  it('names those that are known', () => {
    expect(() => knownBackbone('resnet')).toThrow(Object.keys(KNOWN_BACKBONES).join(', '));
    expect(() => knownBackbone('toString')).toThrow('no backbone');
  });
});

describe('readTarEntry', () => {
  it('reads a file out of an archive, and refuses what is none or lacks it', () => {
    const archive = gzipSync(Buffer.concat([tarEntry('a/b', 'first'), tarEntry('c', 'x'.repeat(600))]));
    expect(Buffer.from(readTarEntry(archive, 'c')).toString()).toBe('x'.repeat(600));
    expect(() => readTarEntry(archive, 'd')).toThrow('no "d"');
    expect(() => readTarEntry(Buffer.from('plain'), 'd')).toThrow('gzipped');
  });
});

function known(url: string): KnownBackbone {
  return {
    url,
    sha256: sha256Of(content),
    sizeBytes: content.length,
    spec: TINY_SPEC,
    unpack: (download) => download,
  };
}

async function serve(body: Uint8Array | undefined): Promise<{ readonly url: string } & AsyncDisposable> {
  const server = createServer((_, response) => {
    response.writeHead(body === undefined ? 404 : 200).end(body);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function tarEntry(name: string, text: string): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write(`${text.length.toString(8).padStart(11, '0')}\0`, 124);
  const padded = Buffer.alloc(Math.ceil(text.length / 512) * 512);
  padded.write(text);
  return Buffer.concat([header, padded]);
}
