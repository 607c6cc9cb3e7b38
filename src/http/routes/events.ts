import { z } from 'zod';
import { ANONYMOUS, type Principal } from '../../access/principal.js';
import { type DeviceId, parseDeviceId } from '../../domain/ids.js';
import type { HttpDependencies, LiveClientEnd } from '../dependencies.js';
import { callerOf, FairShare, shareProblem } from '../fair-share.js';
import type { LiveEvent } from '../live-feed.js';
import type { HttpApp, HttpOptions } from '../options.js';
import { problemAnswers, queryProblem, writtenAnswer } from '../problem.js';
import { unavailable } from '../problem-of.js';
import {
  createEventEncoder,
  createLiveStream,
  deviceOf,
  LIVE_EVENT_TYPES,
  type LiveStream,
  resolveStart,
} from '../server-sent-events.js';

const RETRY_AFTER_SECONDS = 10;

const querySchema = z.object({
  device: z.string().optional().describe('Only events of this device'),
  types: z
    .string()
    .optional()
    .describe(`Only these kinds of event, separated by commas: ${LIVE_EVENT_TYPES.join(', ')}`),
});

const config = {
  scope: 'read',
  errors: { 503: 'The gateway has no room for more live streams; try again' },
} as const;

const schema = {
  operationId: 'listenToEvents',
  summary: 'Live events (server-sent events), resumable by Last-Event-ID',
  description:
    'Each event has an id, a type (`event:`) and one line of JSON (`data:`). An event `reset` says that events ' +
    'were missed: load again what you show.',
  tags: ['live'],
  querystring: querySchema,
  headers: z.looseObject({
    'last-event-id': z.string().optional().describe('Id of the last event received'),
  }),
  response: {
    200: writtenAnswer('A stream that does not end', 'text/event-stream', z.string()),
    ...problemAnswers,
  },
};

/** `GET /v1/events`: what happens, as it happens, as server-sent events. */
export function addEventsRoute(app: HttpApp, options: HttpOptions, dependencies: HttpDependencies): void {
  const { access, events, liveFeed } = dependencies;
  const { heartbeatMs, maxLiveClients } = options;
  const clients = new Map<LiveStream, LiveClientEnd>();
  const places = new FairShare(maxLiveClients);
  const encode = createEventEncoder(liveFeed.epoch);
  const principals = new WeakMap<LiveStream, Principal>();
  let isStopping = false;
  const end = (client: LiveStream, reason: LiveClientEnd): void => {
    clients.set(client, reason);
    client.end();
  };
  const revoking = access.changes$.subscribe(() => {
    for (const client of clients.keys()) {
      const principal = principals.get(client) ?? ANONYMOUS;
      if (!access.isStillAllowed(principal, 'read')) end(client, 'not-allowed');
    }
  });

  app.addHook('preClose', (done) => {
    isStopping = true;
    revoking.unsubscribe();
    for (const client of clients.keys()) end(client, 'stopping');
    done();
  });

  app.get('/v1/events', { exposeHeadRoute: false, config, schema }, (request, reply) => {
    const matches = createFilter(request.query);
    if (isStopping) throw unavailable('stopping', RETRY_AFTER_SECONDS);
    const start = resolveStart(request.headers['last-event-id'], liveFeed);
    const caller = callerOf(request);
    const reason = places.take(caller, 1);
    if (reason !== undefined) throw shareProblem(reason, 'live streams', RETRY_AFTER_SECONDS);
    const onTooSlow = (): void => void clients.set(client, 'too-slow');
    const client = createLiveStream({ feed: liveFeed, start, matches, heartbeatMs, encode, onTooSlow });
    clients.set(client, 'left');
    principals.set(client, request.principal ?? ANONYMOUS);
    events.liveClientJoined();
    client.body.once('close', () => {
      events.liveClientLeft(clients.get(client) ?? 'left');
      clients.delete(client);
      places.give(caller, 1);
    });
    // nginx must not collect the stream before it passes it on.
    return reply.type('text/event-stream').header('x-accel-buffering', 'no').send(client.body);
  });
}

function createFilter(query: z.infer<typeof querySchema>): (event: LiveEvent) => boolean {
  const device = query.device === undefined ? undefined : requireDeviceName(query.device);
  const types = query.types === undefined ? undefined : requireTypes(query.types);
  return (event) =>
    (device === undefined || deviceOf(event) === device) && (types === undefined || types.has(event.type));
}

function requireDeviceName(text: string): DeviceId {
  const device = parseDeviceId(text);
  if (device === undefined) throw queryProblem('device', 'device is not a device name');
  return device;
}

function requireTypes(text: string): ReadonlySet<string> {
  const types = new Set(text.split(',').map((type) => type.trim()));
  const known: readonly string[] = LIVE_EVENT_TYPES;
  if ([...types].some((type) => !known.includes(type))) {
    throw queryProblem(
      'types',
      `types names one or more of ${LIVE_EVENT_TYPES.join(', ')}, separated by commas`,
    );
  }
  return types;
}
