import { type Signal, signal } from '@preact/signals';
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { type Status, wordsOf } from '../client/client.js';
import type { Placement, StatedPlacement } from '../components/placement-card.js';
import {
  type Account,
  askAboutPhone,
  askCompanyChoice,
  brokerUrlOf,
  chooseCompany,
  removeAccount,
  sayPlacement,
  storeAccount,
} from './account.js';
import { type BrokerLink, type LinkState, openBrokerLink } from './broker-link.js';
import { type Camera, startCamera } from './camera.js';
import { type LabelName, labelPayload } from './labels.js';
import { Delivery, type Outbox, type Payload } from './outbox.js';
import { startRecorder } from './recorder.js';
import type { SensorName } from './sample-columns.js';
import { askForMotion, type SensorState } from './sensors.js';
import { keepAwake } from './wake-lock.js';

/** A status, why it is unknown, and whether a model made on simulated people said it. */
export interface SaidStatus {
  readonly status: Status;
  readonly confidence: number;
  readonly reason?: { readonly text: string };
  readonly simulated?: boolean;
}

/** What the gateway says of the wearer, as it is published for the device. */
export interface GatewayStatus {
  readonly atMs: number;
  readonly statuses: Readonly<Record<string, SaidStatus>>;
}

/** Everything the page shows and does. */
export interface Phone {
  readonly account: Signal<Account | undefined>;
  readonly isStreaming: Signal<boolean>;
  readonly link: Signal<LinkState | 'off'>;
  readonly sensors: Signal<Readonly<Partial<Record<SensorName, SensorState>>>>;
  readonly rateHz: Signal<number>;
  readonly unsent: Signal<number>;
  /** Messages for which there was no room left. */
  readonly lost: Signal<number>;
  readonly status: Signal<GatewayStatus | undefined>;
  readonly label: Signal<LabelName | undefined>;
  /** Whether the gateway keeps labels of this phone; `undefined` while that is not known. */
  readonly isRecorded: Signal<boolean | undefined>;
  /** Where the gateway takes this phone to be worn; `undefined` while that is not known. */
  readonly placement: Signal<Placement | undefined>;
  /** Why that could not be said. */
  readonly placementProblem: Signal<string | undefined>;
  /** Whether this phone takes part in company: `null` while its wearer has not chosen, `undefined` where it is not looked for. */
  readonly takesPart: Signal<boolean | null | undefined>;
  readonly isAwake: Signal<boolean>;
  readonly camera: Signal<'off' | 'on' | string>;
  readonly pictures: Signal<number>;
  readonly problem: Signal<string | undefined>;
  takeAccount(account: Account): void;
  /** Must be called from a tap. */
  start(): Promise<void>;
  stop(): void;
  say(label: LabelName): Promise<void>;
  sayPlacement(placement: StatedPlacement): Promise<void>;
  chooseCompany(takesPart: boolean): Promise<void>;
  /** @param everySeconds `undefined` switches it off */
  setCamera(everySeconds: number | undefined): Promise<void>;
  /** Gives the account back; messages that were not sent go. */
  leave(): Promise<void>;
}

/** Puts the page together over the messages that wait in the browser. */
export function createPhone(outbox: Outbox, account: Account | undefined): Phone {
  return new RunningPhone(outbox, account);
}

class RunningPhone implements Phone {
  readonly account: Signal<Account | undefined>;
  readonly isStreaming = signal(false);
  readonly link = signal<LinkState | 'off'>('off');
  readonly sensors = signal<Readonly<Partial<Record<SensorName, SensorState>>>>({});
  readonly rateHz = signal(0);
  readonly unsent = signal(0);
  readonly lost = signal(0);
  readonly status = signal<GatewayStatus | undefined>(undefined);
  readonly label = signal<LabelName | undefined>(undefined);
  readonly isRecorded = signal<boolean | undefined>(undefined);
  readonly placement = signal<Placement | undefined>(undefined);
  readonly placementProblem = signal<string | undefined>(undefined);
  readonly takesPart = signal<boolean | null | undefined>(undefined);
  readonly isAwake = signal(false);
  readonly camera = signal<string>('off');
  readonly pictures = signal(0);
  readonly problem = signal<string | undefined>(undefined);
  readonly #outbox: Outbox;
  readonly #delivery: Delivery;
  #link: BrokerLink | undefined;
  #stopRecording: (() => void) | undefined;
  #letSleep: (() => void) | undefined;
  #camera: Camera | undefined;
  #cameraTimer: ReturnType<typeof setInterval> | undefined;

  constructor(outbox: Outbox, account: Account | undefined) {
    this.account = signal(account);
    this.#outbox = outbox;
    this.#delivery = new Delivery(outbox, () => void this.#count());
    if (account !== undefined) this.#connect(account);
    addEventListener('online', () => this.#link?.hurry());
  }

  takeAccount(account: Account): void {
    storeAccount(account);
    this.account.value = account;
    this.#link?.close();
    this.#connect(account);
  }

  async start(): Promise<void> {
    if (this.isStreaming.value) return;
    this.problem.value = undefined;
    if (!(await askForMotion())) {
      this.problem.value =
        'The motion sensors were refused. Close this page, open it again and allow them; on an iPhone also look at ' +
        'Settings, Safari, Motion & Orientation Access.';
      return;
    }
    this.isStreaming.value = true;
    this.#letSleep = keepAwake((isKept) => {
      this.isAwake.value = isKept;
    });
    this.#stopRecording = startRecorder({
      onState: (sensor, state) => {
        this.sensors.value = { ...this.sensors.value, [sensor]: state };
      },
      onMessage: (payload, rateHz) => {
        this.rateHz.value = rateHz;
        void this.#send('sensors', payload);
      },
      onIdle: () => {
        this.rateHz.value = 0;
      },
    });
  }

  stop(): void {
    this.#stopRecording?.();
    this.#letSleep?.();
    this.isStreaming.value = false;
    this.sensors.value = {};
    this.isAwake.value = false;
    this.rateHz.value = 0;
    void this.setCamera(undefined);
  }

  async say(label: LabelName): Promise<void> {
    this.label.value = label;
    await this.#send('labels', labelPayload(label, Date.now()));
    await this.#askAboutPhone();
  }

  async sayPlacement(placement: StatedPlacement): Promise<void> {
    const account = this.account.value;
    if (account === undefined) return;
    const problem = await sayPlacement(account, placement);
    this.placementProblem.value = problem;
    if (problem === undefined) this.placement.value = placement;
  }

  async chooseCompany(takesPart: boolean): Promise<void> {
    const account = this.account.value;
    if (account === undefined) return;
    try {
      this.takesPart.value = (await chooseCompany(account, takesPart)).takesPart;
      this.problem.value = undefined;
    } catch (error) {
      this.problem.value = wordsOf(error);
    }
  }

  async setCamera(everySeconds: number | undefined): Promise<void> {
    clearInterval(this.#cameraTimer);
    this.#camera?.stop();
    this.#camera = undefined;
    this.camera.value = 'off';
    if (everySeconds === undefined) return;
    try {
      this.#camera = await startCamera();
      this.camera.value = 'on';
      this.#cameraTimer = setInterval(() => void this.#sendPicture(), everySeconds * 1000);
    } catch (error) {
      this.camera.value = `The camera cannot be used: ${error instanceof Error ? error.message : String(error)}`;
    }
  }

  async leave(): Promise<void> {
    this.stop();
    this.#link?.close();
    this.link.value = 'off';
    removeAccount();
    await this.#outbox.clear();
    await this.#count();
    this.account.value = undefined;
    this.status.value = undefined;
    this.label.value = undefined;
    this.isRecorded.value = undefined;
    this.placement.value = undefined;
    this.placementProblem.value = undefined;
    this.takesPart.value = undefined;
  }

  #connect(account: Account): void {
    const { device, mqtt } = account;
    void this.#count();
    this.#link = openBrokerLink({
      url: brokerUrlOf(account),
      username: mqtt.username,
      password: mqtt.password ?? undefined,
      statusTopic: `alongside/${device}/status`,
      onState: (state) => {
        this.link.value = state;
        if (state !== 'connected') return;
        void this.#askAboutPhone();
        void this.#lookForChoice();
      },
      onStatus: (payload) => {
        this.status.value = parseStatus(payload) ?? this.status.value;
      },
      onConnected: (publish) => this.#delivery.connect(publish),
      onDisconnected: () => this.#delivery.disconnect(),
    });
  }

  async #lookForChoice(): Promise<void> {
    const account = this.account.value;
    if (account === undefined) return;
    const choice = await askCompanyChoice(account);
    if (account !== this.account.value || choice === undefined) return;
    this.takesPart.value = choice.enabled ? choice.takesPart : undefined;
  }

  /** A gateway that cannot be asked now leaves what was known. */
  async #askAboutPhone(): Promise<void> {
    const account = this.account.value;
    if (account === undefined) return;
    const known = await askAboutPhone(account);
    if (account !== this.account.value || known === undefined) return;
    this.isRecorded.value = known.isRecorded;
    this.placement.value = known.placement;
    if (!known.isRecorded) this.label.value = undefined;
  }

  async #send(kind: 'sensors' | 'labels', payload: Payload): Promise<void> {
    const device = this.account.value?.device;
    if (device === undefined) return;
    try {
      this.lost.value += await this.#outbox.add(`alongside/${device}/${kind}`, payload);
    } catch (error) {
      this.lost.value += 1;
      this.problem.value = `This browser cannot keep messages: ${String(error)}`;
    }
    await this.#count();
    await this.#delivery.pump();
  }

  /** A picture that cannot be sent now is not kept: it shows more than anybody needs to have lying about. */
  async #sendPicture(): Promise<void> {
    const device = this.account.value?.device;
    if (device === undefined || this.#camera === undefined) return;
    const picture = await this.#camera.picture();
    const isTaken = await this.#link?.tryPublish(`alongside/${device}/frames`, picture);
    if (isTaken === true) this.pictures.value += 1;
  }

  async #count(): Promise<void> {
    this.unsent.value = await this.#outbox.count();
  }
}

/** The gateway's own words; anything else is ignored. */
function parseStatus(payload: string): GatewayStatus | undefined {
  try {
    const parsed: unknown = JSON.parse(payload);
    const isStatus = typeof parsed === 'object' && parsed !== null && 'statuses' in parsed;
    return isStatus ? (parsed as GatewayStatus) : undefined;
  } catch {
    return undefined;
  }
}

export const PhoneContext = createContext<Phone | undefined>(undefined);

export function usePhone(): Phone {
  const phone = useContext(PhoneContext);
  if (phone === undefined) throw new Error('no phone around this part');
  return phone;
}
