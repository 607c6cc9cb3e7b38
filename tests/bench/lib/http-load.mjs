// Pictures over HTTP on kept connections: as fast as they are answered, or at a rate.
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** @returns {Promise<number>} status */
function post(agent, url, body) {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'image/jpeg', 'content-length': body.length };
    const sent = request(url, { method: 'POST', agent, headers }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode));
    });
    sent.on('error', reject).end(body);
  });
}

function summary(latencies, refused, seconds) {
  const sorted = latencies.sort((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  return {
    images: sorted.length,
    imagesPerSecond: sorted.length / seconds,
    refused,
    p50Ms: at(0.5),
    p95Ms: at(0.95),
    p99Ms: at(0.99),
    maxMs: sorted.at(-1),
  };
}

/** So many requests at a time, each followed by the next. */
export async function closedLoop(url, pictures, { seconds, connections }) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const latencies = [];
  let refused = 0;
  let next = 0;
  const beganMs = performance.now();
  const endMs = beganMs + seconds * 1000;
  const client = async () => {
    while (performance.now() < endMs) {
      const sentMs = performance.now();
      const status = await post(agent, url, pictures[next++ % pictures.length]);
      if (status === 200) latencies.push(performance.now() - sentMs);
      else refused += 1;
    }
  };
  await Promise.all(Array.from({ length: connections }, client));
  agent.destroy();
  return summary(latencies, refused, (performance.now() - beganMs) / 1000);
}

/** A request every so often, whether those before are answered or not; latency counts from when it was due. */
export async function openLoop(url, pictures, { seconds, perSecond }) {
  const agent = new Agent({ keepAlive: true });
  const latencies = [];
  let refused = 0;
  const beganMs = performance.now();
  const all = [];
  for (let number = 0; number < seconds * perSecond; number++) {
    const dueMs = beganMs + (number * 1000) / perSecond;
    const waitMs = dueMs - performance.now();
    if (waitMs > 0) await sleep(waitMs);
    all.push(
      post(agent, url, pictures[number % pictures.length]).then((status) => {
        if (status === 200) latencies.push(performance.now() - dueMs);
        else refused += 1;
      }),
    );
  }
  await Promise.all(all);
  agent.destroy();
  return summary(latencies, refused, (performance.now() - beganMs) / 1000);
}
