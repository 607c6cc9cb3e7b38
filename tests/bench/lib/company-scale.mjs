// What company costs with growing numbers of devices: signatures given, pairs compared.
import { CompanyEngine } from '../../../build/company/company-engine.js';

const COUNTS = [10, 30, 100, 300, 1000, 2000];
/** Compared before it is measured, so that all pairs that are followed are known and the code is warm. */
const WARM_SECONDS = 60;

/** @param {number} seconds of event time that are measured @param {number[]} counts of devices */
export function growth(model, seconds, counts = COUNTS) {
  return counts.map((devices) => {
    const engine = new CompanyEngine({ model, subjectOf: (device) => device });
    const step = (second) => {
      engine.take(Array.from({ length: devices }, (_, number) => rowOf(number, second)));
      engine.advance(second * 1000);
    };
    for (let second = 1; second <= WARM_SECONDS; second++) step(second);
    const before = process.cpuUsage();
    for (let second = WARM_SECONDS + 1; second <= WARM_SECONDS + seconds; second++) step(second);
    const { user, system } = process.cpuUsage(before);
    return {
      devices,
      pairs: (devices * (devices - 1)) / 2,
      followed: engine.snapshot().pairs.length,
      share: (user + system) / 1e6 / seconds,
      heapMb: process.memoryUsage().heapUsed / 1e6,
    };
  });
}

/** Everybody walks: the dearest case. Three in ten take the same way. */
function rowOf(number, second) {
  const way = number % 10 < 3 ? 0 : number;
  const values = Float32Array.from({ length: 16 }, (_, at) =>
    at < 5
      ? Math.sin(second * 12 + at * 2.4 + number)
      : 0.7 * Math.sin((second * 5 + at) * 0.3 * (1 + way * 0.01)),
  );
  values.set([0.8, 1.8, 0.3, 45 + 3 * Math.sin(second * 0.9 * (1 + way * 0.013)), Number.NaN, 0.4], 10);
  return { device: `phone-${String(number).padStart(4, '0')}`, endMs: second * 1000, values };
}
