import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createHttpFixture } from '../../../helpers/http-fixture.js';
import { temporaryFolder } from '../../../helpers/temporary-folder.js';

describe('GET /', () => {
  it('names addresses, and each of them answers', async () => {
    await using fixture = await createHttpFixture();
    const page = await fixture.app.inject('/');
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    const links = [...page.body.matchAll(/href="([^"]+)"/g)].map(([, path = '']) => path);
    expect(links.length).toBeGreaterThan(3);
    for (const path of links) expect((await fixture.app.inject(path)).statusCode, path).toBe(200);
  });

  it('serves the built pages where there are some, and nothing beside them', async () => {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, 'index.html'), '<title>Dashboard</title>');
    await using fixture = await createHttpFixture({ pagesFolder: folder.path });
    expect((await fixture.app.inject('/')).body).toBe('<title>Dashboard</title>');
    for (const path of ['/../package.json', '/%2e%2e/package.json', '/..%2fpackage.json', '/nothing.js']) {
      const response = await fixture.app.inject(path);
      expect(response.statusCode, path).toBe(404);
      expect(response.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    }
  });
});
