import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GatewayError } from '../../../../src/shared/errors.js';
import { eventually } from '../../../helpers/eventually.js';
import { deviceId } from '../../../helpers/make-results.js';
import { type TemporaryFolder, temporaryFolder } from '../../../helpers/temporary-folder.js';
import {
  createWebhookWorld,
  FAILED,
  notification,
  OK,
  type WebhookWorld,
} from '../../../helpers/webhook-world.js';

let folder: TemporaryFolder;
let world: WebhookWorld;
beforeEach(async () => {
  folder = await temporaryFolder();
  world = await createWebhookWorld(folder.path);
});
afterEach(async () => {
  await world[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

const URL_1 = 'http://127.0.0.1:1/hook';
const add = async (overrides: object = {}): Promise<string> =>
  (await world.webhooks.create({ url: URL_1, events: ['device.online'], ...overrides })).endpoint.id;
const sentIds = () => world.postings.map(({ headers }) => headers['webhook-id']);

describe('delivering', () => {
  it('sends what was subscribed to, of the devices named, once', async () => {
    await add({ devices: ['anna'] });
    world.webhooks.accept(notification(1));
    world.webhooks.accept(notification(2, 'device.offline'));
    world.webhooks.accept(notification(3, 'device.online', 'ben'));
    world.webhooks.accept(notification(1));
    await world.time.advance(60_000);
    expect(sentIds()).toEqual(['evt_1']);
    expect(JSON.parse(world.postings[0]?.body ?? '')).toMatchObject({
      type: 'device.online',
      data: { device: 'anna', nth: 1 },
    });
  });

  it('keeps its order when the disk could not be used for a while', async () => {
    await add();
    world.outbox.failure = new GatewayError('OUTBOX_UNAVAILABLE', 'the disk is full', { retryable: true });
    world.webhooks.accept(notification(1));
    await world.time.advance(10);
    world.webhooks.accept(notification(2));
    await world.time.advance(10);
    world.outbox.failure = undefined;
    await world.time.advance(10_000);
    expect(sentIds()).toEqual(['evt_1', 'evt_2']);
  });

  it('holds ten thousand events that wait for the disk, and lets the oldest go beyond', async () => {
    await add();
    for (let nth = 1; nth <= 10_000; nth++) world.webhooks.accept(notification(nth));
    expect(world.dropped).toEqual([]);
    world.webhooks.accept(notification(10_001));
    expect(world.dropped).toEqual(['disk 1']);
  });

  it('tries again after 5 s and 5 min with the same id, and lets nothing pass in between', async () => {
    await add();
    world.answers = [FAILED, FAILED, OK];
    world.webhooks.accept(notification(1));
    world.webhooks.accept(notification(2));
    await world.time.advance(400_000);
    expect(world.postings.map(({ headers, atMs }) => [headers['webhook-id'], atMs])).toEqual([
      ['evt_1', 0],
      ['evt_1', 5000],
      ['evt_1', 305_000],
      ['evt_2', 305_000],
    ]);
    expect(world.postings.map(({ headers }) => headers['webhook-timestamp'])).toEqual([
      '1769860800',
      '1769860805',
      '1769861105',
      '1769861105',
    ]);
  });

  it('gives an event up after the last attempt and goes on', async () => {
    const id = await add();
    world.answers = [FAILED, FAILED, FAILED, OK];
    world.webhooks.accept(notification(1));
    world.webhooks.accept(notification(2));
    await world.time.advance(400_000);
    expect(sentIds()).toEqual(['evt_1', 'evt_1', 'evt_1', 'evt_2']);
    const log = await world.webhooks.deliveries(id, 10);
    expect(log.map(({ eventId, attempt, outcome }) => [eventId, attempt, outcome])).toEqual([
      ['evt_2', 1, 'delivered'],
      ['evt_1', 3, 'given-up'],
      ['evt_1', 2, 'failed'],
      ['evt_1', 1, 'failed'],
    ]);
  });

  it('goes on after a restart where it was, and does not say the same again', async () => {
    await add();
    world.answers = [OK, FAILED];
    world.webhooks.accept(notification(1));
    world.webhooks.accept(notification(2));
    await world.time.advance(1000);
    await world.restart();
    world.answers = [OK];
    world.webhooks.accept(notification(1));
    world.webhooks.accept(notification(2));
    await world.time.advance(3900);
    expect(sentIds()).toEqual(['evt_1', 'evt_2']);
    await world.time.advance(200);
    expect(sentIds()).toEqual(['evt_1', 'evt_2', 'evt_2']);
    expect(world.attempts.at(-1)).toMatchObject({ attempt: 2, outcome: 'delivered' });
  });

  it('waits for the disk, keeps the order, and knows that something is pending', async () => {
    await add();
    world.outbox.failure = new GatewayError('OUTBOX_UNAVAILABLE', 'the disk is full', { retryable: true });
    world.webhooks.accept(notification(1));
    await world.time.advance(3000);
    world.webhooks.accept(notification(2));
    expect(world.webhooks.isPending).toBe(true);
    expect(world.failures.length).toBeGreaterThan(1);
    world.outbox.failure = undefined;
    await world.time.advance(5000);
    expect(world.webhooks.isPending).toBe(false);
    expect(sentIds()).toEqual(['evt_1', 'evt_2']);
  });

  it('lets the oldest go beyond the limit, and says so', async () => {
    await world[Symbol.asyncDispose]();
    world = await createWebhookWorld(folder.path, 1000);
    const id = await add();
    world.answers = [FAILED];
    for (let nth = 0; nth < 20; nth++) world.webhooks.accept(notification(nth));
    await world.time.advance(1000);
    expect((await world.webhooks.get(id)).waiting).toBeLessThan(10);
    expect(world.dropped).toEqual([`too-much ${20 - (await world.webhooks.get(id)).waiting}`]);
    const waiting = await world.webhooks.waiting(id, 50);
    expect(waiting.at(-1)?.eventId).toBe('evt_19');
  });

  it('delivers every event in order whatever the receiver answers in between', async () => {
    const answer = fc.constantFrom(OK, FAILED, { kind: 'failed', detail: 'no connection' } as const);
    await fc.assert(
      fc.asyncProperty(
        fc.array(answer, { maxLength: 8 }),
        fc.integer({ min: 0, max: 8 }),
        async (answers, cut) => {
          await using own = await temporaryFolder();
          await using run = await createWebhookWorld(own.path);
          await run.webhooks.create({ url: URL_1, events: ['device.online'] });
          // Never three failures in a row of one event: then it would be given up.
          run.answers = [...answers.flatMap((each) => [each, OK]), OK];
          for (let nth = 0; nth < 8; nth++) {
            if (nth === cut) await run.restart();
            run.webhooks.accept(notification(nth));
            await run.time.advance(700);
          }
          await run.time.advance(10_000_000);
          const delivered = run.attempts.filter(({ outcome }) => outcome === 'delivered');
          const ids = delivered.map(({ eventId }) => eventId);
          expect([...new Set(ids)]).toEqual(Array.from({ length: 8 }, (_, nth) => `evt_${nth}`));
        },
      ),
      { numRuns: 25 },
    );
  });
});

describe('an endpoint', () => {
  it('is disabled by 410, keeps what waits, and is tried at once when enabled', async () => {
    const id = await add();
    world.answers = [{ kind: 'answered', status: 410, retryAfterMs: undefined }];
    world.webhooks.accept(notification(1));
    await world.time.advance(1000);
    await eventually(
      () => world.webhooks.get(id).then(({ disabled }) => disabled),
      (disabled) => disabled !== undefined,
    );
    world.webhooks.accept(notification(2));
    await world.time.advance(86_400_000);
    expect(sentIds()).toEqual(['evt_1']);
    expect(await world.webhooks.get(id)).toMatchObject({ disabled: { reason: 'gone' }, waiting: 1 });
    await world.restart();
    world.answers = [OK];
    expect((await world.webhooks.get(id)).disabled).toMatchObject({ reason: 'gone' });
    await world.webhooks.change(id, { enabled: true });
    await world.time.advance(1000);
    expect(sentIds()).toEqual(['evt_1', 'evt_1']);
  });

  it('signs with both secrets while they overlap, then with the new one', async () => {
    const id = await add();
    const { secret, endpoint } = await world.webhooks.rotate(id, { overlapHours: 1 });
    expect(secret).toMatch(/^whsec_/);
    expect(endpoint.previousSecretUntilMs).toBeDefined();
    world.webhooks.accept(notification(1));
    await world.time.advance(3_600_000);
    world.webhooks.accept(notification(2));
    await world.time.advance(1000);
    const signatures = world.postings.map(({ headers }) => headers['webhook-signature']?.split(' ').length);
    expect(signatures).toEqual([2, 1]);
  });

  it('never shows its secret again, and keeps it in a file for one user only', async () => {
    const { secret, endpoint } = await world.webhooks.create({ url: URL_1, events: ['device.online'] });
    expect(
      JSON.stringify([await world.webhooks.list(), await world.webhooks.get(endpoint.id)]),
    ).not.toContain(secret);
    const path = join(folder.path, 'endpoints.json');
    expect(await readFile(path, 'utf8')).toContain(secret);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('is gone with its queue and its log', async () => {
    const id = await add();
    world.answers = [FAILED];
    world.webhooks.accept(notification(1));
    await world.time.advance(1000);
    await world.webhooks.remove(id);
    expect(await world.webhooks.list()).toEqual([]);
    expect([...world.outbox.texts(`webhook/${id}`), ...world.outbox.texts(`webhook-log/${id}`)]).toEqual([]);
    await expect(world.webhooks.get(id)).rejects.toThrow(`there is no webhook ${id}`);
  });

  it('is gone with what a crash left of it', async () => {
    const id = await add();
    world.answers = [FAILED];
    world.webhooks.accept(notification(1));
    await world.time.advance(1000);
    await writeFile(join(folder.path, 'endpoints.json'), JSON.stringify({ version: 1, endpoints: [] }));
    expect(world.outbox.names()).toEqual([`webhook/${id}`, `webhook-log/${id}`]);
    await world.restart();
    expect(await world.webhooks.list()).toEqual([]);
    expect(world.outbox.names()).toEqual([]);
  });

  it('is gone with what was on its way to the disk', async () => {
    const id = await add();
    const append = world.outbox.append.bind(world.outbox);
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    world.outbox.append = async (...args) => {
      await held;
      await append(...args);
    };
    world.webhooks.accept(notification(1));
    const removed = world.webhooks.remove(id);
    await eventually(
      () => world.webhooks.list(),
      (list) => list.length === 0,
    );
    release();
    await removed;
    await world.time.advance(1000);
    expect(world.outbox.names()).toEqual([]);
  });

  it('is sent a test past what waits, which ends the wait when it arrives', async () => {
    const id = await add();
    world.answers = [FAILED, OK];
    world.webhooks.accept(notification(1));
    await world.time.advance(1000);
    expect(await world.webhooks.test(id)).toMatchObject({ type: 'webhook.test', outcome: 'delivered' });
    await world.time.advance(100);
    expect(sentIds()).toEqual(['evt_1', expect.stringMatching(/^evt_test_/), 'evt_1']);
    world.answers = [FAILED];
    expect(await world.webhooks.test(id)).toMatchObject({ outcome: 'failed', status: 500 });
  });

  it('is sent an event of its log again, under its id', async () => {
    const id = await add();
    world.webhooks.accept(notification(1));
    await world.time.advance(1000);
    await world.webhooks.resend(id, 'evt_1');
    await world.time.advance(1000);
    expect(sentIds()).toEqual(['evt_1', 'evt_1']);
    await expect(world.webhooks.resend(id, 'evt_9')).rejects.toThrow('the log has no event evt_9');
  });

  it('forgets a device', async () => {
    const id = await add();
    world.answers = [OK, FAILED];
    world.webhooks.accept(notification(1));
    world.webhooks.accept(notification(2));
    world.webhooks.accept(notification(3, 'device.online', 'ben'));
    await world.time.advance(1000);
    const erasable = world.webhooks.erasable;
    expect(await erasable.holds(deviceId('anna'))).toBe(true);
    await erasable.forget(deviceId('anna'));
    expect(await erasable.holds(deviceId('anna'))).toBe(false);
    expect(world.outbox.texts(`webhook/${id}`).join()).toContain('ben');
  });
});

describe('bad input', () => {
  it.each([
    ['ftp://example.org/', 'url: it must begin with https://, not ftp:'],
    ['file:///etc/passwd', 'url: it must begin with https://, not file:'],
    ['javascript:alert(1)', 'url: it must begin with https://, not javascript:'],
    ['no url', 'url: it is not a URL'],
    ['https://me:secret@example.org/', 'url: it must hold no user name or password'],
    ['http://169.254.169.254/latest/meta-data', 'is a metadata, multicast or reserved address'],
    ['http://[::ffff:169.254.169.254]/', 'is a metadata, multicast or reserved address'],
    ['http://2852039166/', 'is a metadata, multicast or reserved address'],
    ['http://0.0.0.0/', 'is a metadata, multicast or reserved address'],
    ['http://8.8.8.8/', 'is a public address and the URL is not https'],
  ])('refuses %s', async (url, words) => {
    await expect(add({ url })).rejects.toMatchObject({ code: 'INPUT_REFUSED' });
    await expect(add({ url })).rejects.toThrow(words);
    expect(await world.webhooks.list()).toEqual([]);
  });

  it.each([
    [{ secret: 'guess' }, 'secret: it must be whsec_'],
    [{ devices: ['../etc'] }, 'devices: a device name has'],
    [{ devices: [] }, 'devices: name at least one'],
  ])('refuses %o', async (overrides, words) => {
    await expect(add(overrides)).rejects.toThrow(words);
  });
});
