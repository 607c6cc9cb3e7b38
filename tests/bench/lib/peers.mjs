// What `../shared/peers` has, where it is there: load, model, reference, floor, and gateways to compare with.
import { cpSync, existsSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './processes.mjs';

const ROOT = join(import.meta.dirname, '../../..');
const SHARED_PEERS = join(ROOT, '../shared/peers');
const PYTHON = '/usr/bin/python3';
const PYTHON_MODULES = 'import torch, numpy, requests, ujson, paho.mqtt.client';

/** Gateways by the name of their file in `sut`, each with how to get its software. */
const SYSTEMS = {
  python: `apt-get install python3-paho-mqtt python3-numpy python3-torch python3-requests python3-ujson libopenblas0-pthread`,
  'python-per-window': 'as for python',
  'node-red': `run "npm ci" in a copy of ../shared/peers (0.7 GB) and name it with --peers-folder`,
};
export const PEER_NAMES = Object.keys(SYSTEMS);

/**
 * Makes the peers' folder usable: a copy in which `onnxruntime-node` is this project's.
 *
 * @param {string} folder where to copy to
 * @param {string | undefined} installed a copy in which `npm ci` was run, used as it is
 * @returns {Peers | undefined} undefined where there is no ../shared/peers
 */
export function openPeers(folder, installed) {
  if (installed !== undefined) return new Peers(installed);
  if (!existsSync(SHARED_PEERS)) return undefined;
  const copy = join(folder, 'peers');
  // Not the attributes: what is shared may be read-only.
  cpSync(SHARED_PEERS, copy, { recursive: true, mode: 0 });
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  return new Peers(copy);
}

class Peers {
  constructor(folder) {
    this.folder = folder;
    this.model = join(folder, 'model/cnn_lstm.onnx');
    this.norm = join(folder, 'model/norm.json');
  }

  /** Of the systems wanted, those that can run, and why not for the others. */
  async available(names) {
    const systems = [];
    const missing = [];
    for (const name of names) {
      if (await this.#canRun(name)) systems.push(this.#system(name));
      else missing.push(`${name}: ${SYSTEMS[name] ?? `there is none; there are ${PEER_NAMES.join(', ')}`}`);
    }
    return { systems, missing };
  }

  /** Cost of `JSON.parse` and of bare inference. @returns {Promise<any>} the report of floor/floor.mjs */
  async floor(seconds) {
    const output = await run([
      process.execPath,
      join(this.folder, 'floor/floor.mjs'),
      '--seconds',
      String(seconds),
    ]);
    return JSON.parse(output.trim().split('\n').at(-1));
  }

  publishCommand({ url, phones, seconds, expectFile }) {
    const options = { broker: url, phones, seconds, expect: expectFile };
    const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
    return [process.execPath, join(this.folder, 'load/publish.mjs'), ...args];
  }

  /** Recomputes what should have been stored for some phones and compares. */
  async verify(stored, { startMs, messages }, phones, count = 2) {
    const { Fleet } = await import(join(this.folder, 'load/phones.mjs'));
    const { reference } = await import(join(this.folder, 'load/reference.mjs'));
    const fleet = new Fleet({ phones, startMs });
    let windows = 0;
    let largestDifference = 0;
    for (let index = 0; index < Math.min(count, phones); index++) {
      const phone = Math.floor(((index + 0.5) * phones) / count);
      const expected = await reference(fleet, phone, messages / phones, this.model, this.norm);
      for (const [window, values] of expected) {
        const found = stored.get(`${fleet.device[phone]}/${window}`);
        if (found === undefined) continue;
        windows += 1;
        for (const [target, value] of Object.entries(values)) {
          largestDifference = Math.max(largestDifference, Math.abs(found[target] - value));
        }
      }
    }
    return { windows, largestDifference, isGood: windows > 0 && largestDifference < 1e-3 };
  }

  async #canRun(name) {
    if (name === 'node-red') return existsSync(join(this.folder, 'node_modules/node-red/red.js'));
    if (!(name in SYSTEMS)) return false;
    return await run([PYTHON, '-c', PYTHON_MODULES]).then(
      () => true,
      () => false,
    );
  }

  #system(name) {
    const {
      command,
      env = {},
      readyRegex,
    } = JSON.parse(readFileSync(join(this.folder, 'sut', `${name}.json`), 'utf8'));
    return {
      name: JSON.parse(readFileSync(join(this.folder, 'sut', `${name}.json`), 'utf8')).name,
      measurement: 'presence',
      ready: new RegExp(readyRegex, 'm'),
      launch: ({ broker, influx, folder }) => {
        const values = {
          mqttUrl: broker.url,
          mqttHost: '127.0.0.1',
          mqttPort: broker.port,
          influxUrl: influx.url,
          influxHost: '127.0.0.1',
          influxPort: influx.port,
          db: influx.database,
          model: this.model,
          norm: this.norm,
          peers: this.folder,
          tmp: folder,
        };
        const fill = (text) => text.replace(/\{(\w+)\}/g, (whole, key) => String(values[key] ?? whole));
        const environment = Object.fromEntries(Object.entries(env).map(([key, value]) => [key, fill(value)]));
        return {
          command: command.map(fill),
          options: { cwd: this.folder, env: { ...process.env, ...environment } },
        };
      },
    };
  }
}
