import { setTimeout as sleep } from 'node:timers/promises';
import { createHashRandom, type HashRandom } from '../../../src/recordings/simulation/random.js';
import { ledgerSchema } from '../../helpers/api-schemas.js';
import { type Comparison, compareWindows } from './compare-windows.js';
import { expectedWindows } from './expected-windows.js';
import { type FaultWorld, sendDeadLetters, startFaultWorld } from './fault-world.js';
import { FAULTS, type Fault } from './faults.js';
import { loadPhones, type PhoneLoad, startPhoneLoad } from './phone-load.js';
import { storedWindows } from './stored-windows.js';

export interface FaultRunOptions {
  readonly rounds: number;
  readonly seed: number;
  readonly onRound: (round: FaultRound) => void;
  /** Only these faults, by name; all where left out. */
  readonly only?: readonly string[];
}

export interface FaultRound {
  readonly round: number;
  readonly fault: string;
  /** From the fault's beginning until it was put right. */
  readonly faultMs: number;
  /** From then until the gateway took messages. */
  readonly listeningMs: number;
  /** Messages that phones had handed over by then. */
  readonly messages: number;
}

export interface FaultReport extends Comparison {
  readonly rounds: readonly FaultRound[];
  /** Ends of the gateway that no fault brought about. */
  readonly crashes: readonly string[];
  /** Whether the ledger of the gateway's last run balances. */
  readonly balanced: boolean;
}

/** Quiet time between two faults, milliseconds. */
const BETWEEN_MS = [500, 2500] as const;

/** Lets faults happen one after the other while phones send, then compares what is stored with an undisturbed run. */
export async function runFaults(options: FaultRunOptions): Promise<FaultReport> {
  await using world = await startFaultWorld();
  await world.gateway.untilListening();
  const phones = loadPhones(options.seed, Date.now());
  await using load = await startPhoneLoad(`mqtt://127.0.0.1:${world.phoneNetwork.port}`, phones);
  const rounds = await runRounds(world, load, options);
  await load.stop();
  const { config, modelFolder } = world;
  const expected = await expectedWindows({ config, modelFolder, phones, periods: load.periods });
  await sendDeadLetters(world);
  const stored = await storedWindows(world, phones, expected.length);
  const ledger = await world.gateway.process.get('/v1/ledger', ledgerSchema);
  return {
    ...compareWindows(expected, stored),
    rounds,
    crashes: world.gateway.crashes,
    balanced: ledger.balanced,
  };
}

async function runRounds(
  world: FaultWorld,
  load: PhoneLoad,
  { rounds, seed, onRound, only }: FaultRunOptions,
): Promise<FaultRound[]> {
  const random = createHashRandom(seed);
  const possible = FAULTS.filter(
    ({ name, isPossible }) => isPossible?.(world) !== false && only?.includes(name) !== false,
  );
  const deck = new Deck(possible, random);
  const done: FaultRound[] = [];
  for (let round = 1; round <= rounds; round++) {
    await sleep(random.between(...BETWEEN_MS));
    const fault = deck.draw();
    const startedMs = performance.now();
    await fault.happen(world, random);
    const rightMs = performance.now();
    await world.gateway.untilListening();
    done.push({
      round,
      fault: fault.name,
      faultMs: rightMs - startedMs,
      listeningMs: performance.now() - rightMs,
      messages: load.messages,
    });
    for (const one of done.slice(-1)) onRound(one);
  }
  return done;
}

/** Draws at random, but every fault once before any comes again. */
class Deck {
  readonly #faults: readonly Fault[];
  readonly #random: HashRandom;
  #left: Fault[] = [];

  constructor(faults: readonly Fault[], random: HashRandom) {
    this.#faults = faults;
    this.#random = random;
  }

  draw(): Fault {
    if (this.#left.length === 0) this.#left = [...this.#faults];
    const [fault] = this.#left.splice(Math.floor(this.#random.between(0, this.#left.length)), 1);
    if (fault === undefined) throw new Error('there is no fault to draw');
    return fault;
  }
}
