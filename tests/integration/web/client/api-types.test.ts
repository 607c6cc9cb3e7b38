import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { clientTypes } from '../../../../scripts/client-types.mjs';
import { createHttpFixture } from '../../../helpers/http-fixture.js';

const ROOT = join(import.meta.dirname, '../../../..');

it('the client has the types that the OpenAPI document describes; if not, run "npm run client"', async () => {
  await using fixture = await createHttpFixture();
  const document: unknown = (await fixture.app.inject('/openapi.json')).json();
  expect(await readFile(join(ROOT, 'src/web/client/api-types.ts'), 'utf8')).toBe(await clientTypes(document));
});
