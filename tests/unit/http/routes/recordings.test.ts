import { expect, it } from 'vitest';
import { createHttpFixture } from '../../../helpers/http-fixture.js';
import { makeAccess, makeRecords } from '../../../helpers/make-access.js';

it('GET /v1/devices/{id}/recording says to a phone, and to no other, whether its labels are kept', async () => {
  const { records, passwords } = await makeRecords();
  await using fixture = await createHttpFixture({ access: makeAccess(records).control });
  const ask = (device: string) => {
    const pair = Buffer.from(`anna:${passwords['anna']}`).toString('base64');
    return fixture.app.inject({
      url: `/v1/devices/${device}/recording`,
      headers: { authorization: `Basic ${pair}` },
    });
  };
  expect((await ask('anna')).json()).toEqual({ device: 'anna', recording: false });
  const other = await ask('ben');
  expect(other.statusCode).toBe(403);
  expect(other.json().detail).toContain('not those of ben');
});
