import type { HttpEvents } from '../http/dependencies.js';
import type { Warn } from '../telemetry/log-warning.js';
import type { EventDependencies } from './event-dependencies.js';
import { toSeconds } from './to-seconds.js';

export function httpEvents({ logger, metrics }: EventDependencies, warn: Warn): HttpEvents {
  return {
    liveClientJoined: () => metrics.liveClients.inc(),
    liveClientLeft: (reason) => {
      metrics.liveClients.dec();
      metrics.liveClientsLeft.inc({ reason });
      if (reason === 'too-slow') warn('live-client-too-slow', {}, 'live client disconnected: too slow');
    },
    httpAnswered: ({ method, route, status, durationMs }) => {
      metrics.httpRequestSeconds.observe({ method, route, status: String(status) }, toSeconds(durationMs));
      logger.debug({ method, route, status, durationMs }, 'http request');
    },
    accessRefused: ({ status, scope, address }) =>
      warn(`access-refused/${status}`, { status, scope, address }, 'a request was refused for who asked'),
    httpFailed: (requestId, error) =>
      warn('http-failed', { requestId, err: error }, 'http request failed unexpectedly'),
    rowLeftOut: (route, error) =>
      warn(
        `row-left-out/${route}`,
        { route, err: error },
        'a row of an answer was left out: it breaks the schema',
      ),
  };
}
