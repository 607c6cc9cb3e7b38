// This project's gateway, as a system to be measured.
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../../..');

/** Settings for an external broker and an InfluxDB, as arguments of `start`. */
function settings(model, { broker, influx, folder }) {
  return [
    `models.dir=${model.directory}`,
    `models.active=[${model.name}]`,
    'http.port=0',
    'mqtt.embedded=false',
    `mqtt.url=${broker.url}`,
    'store.type=influxdb',
    `store.influxdb.url=${influx.url}`,
    `store.influxdb.database=${influx.database}`,
    `dataDir=${join(folder, 'data')}`,
    'logLevel=warn',
  ];
}

/**
 * @param {import('./models.mjs').Model} model
 * @param {{set: readonly string[], profile: string | undefined, checkout?: string, name?: string}} options another
 *   checkout of this project, built, to be compared with this one
 */
export function gatewaySystem(model, { set, profile, checkout = ROOT, name = 'alongside' }) {
  const main = join(checkout, 'dist/main.js');
  const profiling = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`];
  return {
    name,
    measurement: 'presence_window',
    ready: /"ready":true/,
    launch: (place) => {
      const given = [...settings(model, place), ...set].flatMap((setting) => ['--set', setting]);
      return { command: [process.execPath, ...profiling, main, 'start', '--json', ...given], options: {} };
    },
    ledger: async (started) => {
      const { http } = JSON.parse(/^\{"ready":.*$/m.exec(started.output)?.[0] ?? '{}');
      const { balanced, messages, samples, windows } = await (await fetch(`${http}/v1/ledger`)).json();
      return { balanced, messages, samples, windows };
    },
  };
}
