import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { AccessControl } from '../access/access-control.js';
import { requireKnownHost } from './access-guard.js';
import type { HttpDependencies, MqttUpgrade } from './dependencies.js';
import type { HttpApp, HttpOptions } from './options.js';
import { HttpProblem } from './problem.js';

/** Where phones speak MQTT over WebSocket: same host, port and certificate as the page they opened. */
export const MQTT_PATH = '/mqtt';

/** Hands connections that ask for MQTT to the embedded broker, which then asks who they are. */
export function acceptMqttUpgrades(
  app: HttpApp,
  options: Pick<HttpOptions, 'allowedHosts'>,
  { access, upgradeToMqtt }: Pick<HttpDependencies, 'access' | 'upgradeToMqtt'>,
): void {
  const open = new Set<Duplex>();
  app.server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    try {
      const upgrade = requireMqtt(request, upgradeToMqtt);
      if (access.allowsAnonymous('mqtt')) requireOwnMachine(request, options, access);
      open.add(socket);
      socket.once('close', () => open.delete(socket));
      upgrade(request, socket, head);
    } catch (error) {
      refuse(socket, error instanceof HttpProblem ? error : new HttpProblem(500, 'Error'));
    }
  });
  // The server does not know them any more, and would wait for them.
  app.addHook('preClose', (done) => {
    for (const socket of open) socket.destroy();
    done();
  });
}

function requireMqtt({ url = '' }: IncomingMessage, upgrade: MqttUpgrade | undefined): MqttUpgrade {
  if (url.split('?')[0] !== MQTT_PATH) throw new HttpProblem(404, 'Nothing can be upgraded here');
  if (upgrade === undefined) throw new HttpProblem(404, 'The broker is elsewhere');
  return upgrade;
}

/** A broker that asks nobody is for this machine; this server may be reached from others. */
function requireOwnMachine(
  request: IncomingMessage,
  { allowedHosts }: Pick<HttpOptions, 'allowedHosts'>,
  access: Pick<AccessControl, 'allowsAnonymous'>,
): void {
  if (!access.allowsAnonymous('mqtt-over-http')) {
    throw new HttpProblem(403, 'No device has credentials yet; invite one first');
  }
  requireKnownHost(request, allowedHosts);
}

function refuse(socket: Duplex, { status, message }: HttpProblem): void {
  // It may be gone already.
  socket.on('error', () => undefined);
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nconnection: close\r\ncontent-type: text/plain`;
  socket.end(`${head}\r\ncontent-length: ${Buffer.byteLength(message)}\r\n\r\n${message}`);
}
