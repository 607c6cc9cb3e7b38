import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { type RunningGateway, startGatewayIn } from '../../helpers/run-cli.js';

const readySchema = z.object({
  ready: z.boolean(),
  parts: z.array(z.object({ name: z.string(), ok: z.boolean(), detail: z.string() })),
});

/** A gateway process that is started again after it was killed, as by a service manager. */
export interface SupervisedGateway extends AsyncDisposable {
  readonly process: RunningGateway;
  /** Ends that nobody asked for, with what was logged last. */
  readonly crashes: readonly string[];
  kill(): Promise<void>;
  /** Ends it as a service manager does. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /**
   * Resolves when the gateway takes messages; results may still wait for their store.
   *
   * @throws Error with what is not well, when that takes too long
   */
  untilListening(): Promise<void>;
}

/** A broker that ends its connections three times within a minute; the gateway is connected all the same. */
const LOOKS_LIKE_A_CLASH = /gives the client id .* to another client/;
const READY_WITHIN_MS = 90_000;
const POLL_MS = 100;
const LOGGED_CHARACTERS = 4000;

export async function startSupervisedGateway(
  dataDir: string,
  settings: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<SupervisedGateway> {
  const crashes: string[] = [];
  let isStopWanted = false;
  let running = await launch();

  async function launch(): Promise<RunningGateway> {
    isStopWanted = false;
    const gateway = await startGatewayIn(dataDir, settings, undefined, env);
    void gateway.ended.then((code) => {
      if (!isStopWanted) crashes.push(`exit ${code}: ${gateway.log().slice(-LOGGED_CHARACTERS)}`);
    });
    return gateway;
  }

  const end = async (signal: NodeJS.Signals): Promise<void> => {
    isStopWanted = true;
    await running.stop(signal);
  };
  const kill = (): Promise<void> => end('SIGKILL');
  return {
    get process() {
      return running;
    },
    crashes,
    kill,
    stop: () => end('SIGTERM'),
    start: async () => {
      running = await launch();
    },
    untilListening: () => untilListening(() => running),
    [Symbol.asyncDispose]: kill,
  };
}

async function untilListening(gateway: () => RunningGateway): Promise<void> {
  const deadlineMs = performance.now() + READY_WITHIN_MS;
  let problem = '';
  while (performance.now() < deadlineMs) {
    try {
      const { parts } = await gateway().get('/health/ready', readySchema);
      const bad = parts.filter(
        ({ name, ok, detail }) => !(ok || name === 'store' || LOOKS_LIKE_A_CLASH.test(detail)),
      );
      if (bad.length === 0) return;
      problem = JSON.stringify(bad);
    } catch (error) {
      problem = String(error);
    }
    await sleep(POLL_MS);
  }
  throw new Error(
    `the gateway does not take messages: ${problem}\n${gateway().log().slice(-LOGGED_CHARACTERS)}`,
  );
}

/** Metrics by name; series of one name are added up, of queues only the journal counts. */
export async function metricsOf(gateway: Pick<RunningGateway, 'http'>): Promise<Map<string, number>> {
  const text = await (await fetch(new URL('/metrics', gateway.http))).text();
  const sums = new Map<string, number>();
  for (const line of text.split('\n')) {
    const [, name = '', labels = '', value] = /^(\w+)(\{.*\})? (\S+)$/.exec(line) ?? [];
    if (name === 'alongside_queue_length' && !labels.includes('journal_messages')) continue;
    sums.set(name, (sums.get(name) ?? 0) + Number(value));
  }
  return sums;
}
