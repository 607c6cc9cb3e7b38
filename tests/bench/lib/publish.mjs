// Publishes what Phones send, paced like life, one message a second and phone, at QoS 1:
//   node publish.mjs --url mqtt://… --phones N --seconds N --shape JSON --expect FILE
// FILE gets a line a window: device, number, epoch milliseconds at which the completing message was written, kind. The
// last message of a phone only closes the stream: the windows it completes are `closing`, the others `expected`.
// The last line of output is a report in JSON.
import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { connectAsync } from 'mqtt';
import { Phones } from './phones.mjs';

const CONNECTIONS = 4;
const PACE_MS = 5;

const { values: flags } = parseArgs({
  options: Object.fromEntries(
    ['url', 'phones', 'seconds', 'shape', 'expect'].map((name) => [name, { type: 'string' }]),
  ),
});
const phones = Number(flags.phones);
const messagesEach = Number(flags.seconds);
const nowMs = () => performance.timeOrigin + performance.now();

const clients = await Promise.all(Array.from({ length: CONNECTIONS }, () => connectAsync(flags.url)));
const startMs = Math.ceil(nowMs()) + 50;
const fleet = new Phones({ phones, startMs, shape: JSON.parse(flags.shape) });
const cpuBefore = process.cpuUsage();
const lines = [];
let unacknowledged = 0;
let largestLagMs = 0;

function publish(phone, number) {
  const device = fleet.devices[phone];
  unacknowledged += 1;
  const payload = fleet.message(phone, number);
  clients[phone % CONNECTIONS].publish(`sensor-logger/${device}`, payload, { qos: 1 }, (error) => {
    unacknowledged -= 1;
    if (error) throw error;
  });
  const writtenMs = nowMs();
  const kind = number === messagesEach - 1 ? 'closing' : 'expected';
  const [from, to] = fleet.completed(phone, number);
  for (let window = from; window < to; window++) {
    lines.push(`${device}\t${window}\t${writtenMs.toFixed(1)}\t${kind}\n`);
  }
  return writtenMs;
}

for (let number = 0; number < messagesEach; number++) {
  for (let phone = 0; phone < phones; phone++) {
    const dueMs = startMs + (number + 1 + phone / phones) * 1000;
    while (nowMs() < dueMs) await sleep(PACE_MS);
    largestLagMs = Math.max(largestLagMs, publish(phone, number) - dueMs);
  }
}
const endMs = nowMs();
while (unacknowledged > 0 && nowMs() - endMs < 30_000) await sleep(PACE_MS);
const cpu = process.cpuUsage(cpuBefore);
writeFileSync(flags.expect, lines.join(''));
await Promise.all(clients.map((client) => client.endAsync()));
process.stdout.write(
  `${JSON.stringify({
    messages: phones * messagesEach,
    startMs,
    endMs,
    maxLagMs: Math.round(largestLagMs),
    cpuSeconds: (cpu.user + cpu.system) / 1e6,
  })}\n`,
);
