import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { AccessControl } from '../access/access-control.js';
import type { InvitationState, NewInvitation, Redemption } from '../access/join-tokens.js';
import type { CompanyInterval } from '../domain/company.js';
import type { CurrentStatus, DeviceInfo, HealthReport } from '../domain/device.js';
import type { ForgetReport } from '../domain/erasable.js';
import type { DeviceId } from '../domain/ids.js';
import type { ApparelInterval, ImageClassifier, SimilarItems } from '../domain/image.js';
import type { LedgerSnapshot, MessageRejectReason, SampleFate } from '../domain/ledger.js';
import type { RawMessage } from '../domain/message.js';
import type { Alert } from '../domain/notification.js';
import type { KnownPlacement, StatedPlacement } from '../domain/samples.js';
import type { StatusInterval, UnknownReason } from '../domain/status.js';
import type { StatusPoint, Store, TimeRange } from '../domain/store.js';
import type { TensorInference } from '../domain/tensor-inference.js';
import type { WebhookService } from '../domain/webhooks.js';
import type { Manifest, SequenceManifest } from '../inference/models/manifest.js';
import type { AlertRules } from '../notify/alerts/alert-rules.js';
import type { RecordingEntry } from '../recordings/recordings-folder.js';
import type { Clock } from '../shared/clock.js';
import type { LiveFeed } from './live-feed.js';

/** Why samples of a message are not used, and how many. */
export interface SampleUse {
  readonly used: number;
  readonly unused: Readonly<Partial<Record<UnusedFate, number>>>;
}

export type UnusedFate = Exclude<SampleFate, 'used'>;

/** What became of a message that was pushed over HTTP. */
export type IngestResult =
  | {
      readonly kind: 'accepted';
      /** The device the message named. */
      readonly device: DeviceId;
      /** The app only asked whether it reaches the gateway. */
      readonly isTest: boolean;
      /** Sensor blocks, camera frames and labels that were taken over. */
      readonly usableEntries: number;
      /** Names of sensors in the message that no part of the gateway uses. */
      readonly ignoredSensors: readonly string[];
      /** What became of its samples; `undefined` where all of them are used. */
      readonly samples: SampleUse | undefined;
      /** Labels of the message are in a recording now. */
      readonly areLabelsKept: boolean;
    }
  | {
      readonly kind: 'rejected';
      readonly reason: MessageRejectReason;
      /** What is wrong, for the person who set up the phone. */
      readonly detail: string;
    }
  /** The gateway is behind and did not take the message, nor count it as received; the phone should send it again. */
  | { readonly kind: 'busy' };

/** Why a live client is gone: it left, it could not keep up, its token is no longer good, or the gateway stops. */
export type LiveClientEnd = 'left' | 'too-slow' | 'not-allowed' | 'stopping';

/** What the HTTP layer reports. */
export interface HttpEvents {
  liveClientJoined(): void;
  liveClientLeft(reason: LiveClientEnd): void;
  /** @param answer `route` is the pattern, such as `/v1/devices/:id`, or `none` */
  httpAnswered(answer: {
    readonly method: string;
    readonly route: string;
    readonly status: number;
    readonly durationMs: number;
  }): void;
  /** A request was refused for who asked: 401, 403, or 429 after too many of them. */
  accessRefused(refusal: { readonly status: number; readonly scope: string; readonly address: string }): void;
  /** A request met an error nobody planned for; the client was told the request's id. */
  httpFailed(requestId: string, error: unknown): void;
  /** A row of a list was not as the answer's schema says, and was left out. */
  rowLeftOut(route: string, error: Error): void;
}

/** What is known of a device that has sent something since the start. */
export interface LiveDevice {
  readonly info: DeviceInfo;
  /** Targets of which nothing is known now, with the reason. */
  readonly unknown: readonly CurrentStatus[];
}

/** Devices that are live at this gateway, or at another that shares its phones. */
export interface LiveDevices {
  /** Not complete where a gateway does not answer. */
  list(): Promise<{ readonly devices: readonly LiveDevice[]; readonly isComplete: boolean }>;
  /** @throws GatewayError (retryable) when the gateway that would know does not answer */
  get(id: DeviceId): Promise<LiveDevice | undefined>;
}

/** Everything the HTTP layer needs to know of the gateway. */
export interface HttpDependencies {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly events: HttpEvents;
  readonly access: AccessControl;
  readonly store: Store;
  readonly devices: LiveDevices;
  /** The same of a device that is not live. */
  readonly unknownOf: (device: DeviceId) => readonly CurrentStatus[];
  /** Where devices are worn. */
  readonly placements: {
    of(device: DeviceId): KnownPlacement;
    /** @param placement `undefined`: as configured */
    say(device: DeviceId, placement: StatedPlacement | undefined): Promise<void>;
  };
  /** Why nothing was known of a target in a time that is over; `undefined` where the gateway did not see it. */
  readonly reasonDuring: (device: DeviceId, target: string, range: TimeRange) => UnknownReason | undefined;
  readonly models: () => readonly Manifest[];
  readonly images: ImageClassifier;
  /** Models that run beside those in service, to be compared. */
  readonly candidates: () => readonly SequenceManifest[];
  readonly recordings: () => Promise<readonly RecordingEntry[]>;
  /** Whether what a device sends is recorded, its labels with it. */
  readonly isRecorded: (device: DeviceId) => boolean;
  readonly similar: SimilarItems;
  readonly tensors: TensorInference;
  readonly ledger: () => LedgerSnapshot;
  readonly health: () => HealthReport;
  readonly liveFeed: LiveFeed;
  readonly metrics: Registry;
  readonly ingest: (message: RawMessage) => Promise<IngestResult>;
  /** Counts a message that was refused before its body was read. */
  readonly refuse: (reason: MessageRejectReason, topic: string, detail: string) => void;
  /** Where phones are invited and let in. */
  readonly pairing: Pairing;
  /** Takes a WebSocket over as MQTT; `undefined` where the broker is elsewhere. */
  readonly upgradeToMqtt: MqttUpgrade | undefined;
  /** Removes everything the gateway keeps of a device; resolves to `undefined` when there is no such device. */
  readonly forget: (device: DeviceId) => Promise<ForgetReport | undefined>;
  readonly webhooks: WebhookService;
  /** What a device's camera saw in a time range, as far as it is known now. */
  readonly apparelTimeline: (
    device: DeviceId,
    range: TimeRange,
    nowMs: number,
  ) => Promise<readonly ApparelInterval[]>;
  readonly company: Company;
  readonly alertRules: Pick<AlertRules, 'listed' | 'add' | 'remove'>;
  /** Alerts that are raised and not cleared; not complete where a gateway does not answer. */
  readonly openAlerts: () => Promise<{ readonly alerts: readonly Alert[]; readonly isComplete: boolean }>;
  readonly buildTimeline: (points: readonly StatusPoint[], range: TimeRange) => readonly StatusInterval[];
}

/**
 * Why nothing is found out about the company of a device now.
 *
 * - `switched-off`: the gateway does not look for company at all
 * - `not-agreed`: the wearer has not agreed to take part
 * - `clock`: its clock is so far off that it cannot be compared
 * - `copy`: it sends the same movement as another device, so the two are no company for each other
 */
export const NO_COMPANY_CODES = ['switched-off', 'not-agreed', 'clock', 'copy'] as const;

/** The same in words, with what to do about it. */
export interface NoCompanyReason {
  readonly code: (typeof NO_COMPANY_CODES)[number];
  readonly text: string;
}

/** What a device may be told of its part in company. */
export interface CompanyChoice {
  /** Whether the gateway looks for company. */
  readonly isEnabled: boolean;
  /** `undefined`: nobody has chosen. */
  readonly takesPart: boolean | undefined;
}

/** Who is with whom, as far as the gateway found out. */
export interface Company {
  readonly isEnabled: boolean;
  choiceOf(device: DeviceId): CompanyChoice;
  /** @throws GatewayError `INPUT_REFUSED` where the configuration decides, or company is switched off */
  choose(device: DeviceId, takesPart: boolean): Promise<void>;
  /** Why nothing is found out, as far as this gateway knows; `undefined` while it can be. */
  whyNot(device: DeviceId): NoCompanyReason | undefined;
  /** The same as all gateways know; not complete where one that should know does not answer. */
  reasonFor(
    device: DeviceId,
  ): Promise<{ readonly reason: NoCompanyReason | undefined; readonly isComplete: boolean }>;
  /** When a device was with whom, as far as it is known now. */
  intervals(device: DeviceId, range: TimeRange, nowMs: number): Promise<readonly CompanyInterval[]>;
  /** Who is together now; asks no store. Not complete where a gateway that should know does not answer. */
  groupsNow(): Promise<{
    readonly groups: readonly (readonly DeviceId[])[];
    readonly isComplete: boolean;
  }>;
  /** Who was together at a time: a device that is with one of a group belongs to it. */
  groupsAt(atMs: number): Promise<readonly (readonly DeviceId[])[]>;
}

/** What a phone needs to stream. */
export interface Joined {
  readonly device: DeviceId;
  /** `undefined` where the broker asks nobody who they are. */
  readonly password: string | undefined;
  /** MQTT over WebSocket of a broker elsewhere; `undefined`: at `/mqtt` of this server. */
  readonly brokerUrl: string | undefined;
  /** Sensors that the models in service look at. */
  readonly sensors: readonly string[];
}

export type JoinOutcome =
  | { readonly kind: 'joined'; readonly joined: Joined }
  | Exclude<Redemption, { readonly kind: 'taken' }>;

/** Where phones are invited and let in. */
export interface Pairing {
  /**
   * Where phones may reach the pages, as far as the gateway can tell.
   *
   * @param port where the server listens
   */
  addresses(port: number | undefined): readonly string[];
  /** @throws GatewayError `USAGE` when there is such a device and it is not to be replaced */
  invite(device: DeviceId, replace: boolean): Promise<NewInvitation>;
  /** What became of the newest invitation of a device; `undefined` where there is none. */
  stateOf(device: DeviceId): InvitationState | undefined;
  /** @throws GatewayError `USAGE` when a device of that name was let in meanwhile */
  redeem(token: string): Promise<JoinOutcome>;
}

/** Takes an HTTP connection over as one of MQTT over WebSocket. */
export type MqttUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
