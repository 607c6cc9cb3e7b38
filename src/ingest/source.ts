import type { PartHealth } from '../domain/device.js';
import type { RawMessage } from '../domain/message.js';
import type { GatewayError } from '../shared/errors.js';

/**
 * Takes over one message. While it waits, the message is not acknowledged to its sender; what it throws is reported and
 * stops nothing. Messages of one publisher are handed over in their order, without waiting for the one before.
 */
export type Deliver = (message: RawMessage) => void | Promise<void>;

/** A topic that is no message of a device and goes to somebody else. */
export interface TopicWatch {
  readonly topic: string;
  /** Must not throw. */
  readonly onMessage: (payload: Uint8Array) => void;
}

/** What becomes of a message: its sender hears that it arrived, or will have to send it again. */
export type AckDecision = 'acknowledge' | 'redeliver';

/** A message that was refused before it was delivered. */
export interface SourceRejection {
  readonly reason: 'wrong-topic' | 'bad-device' | 'too-large' | 'retained';
  /** As published: not shortened, not checked. */
  readonly topic: string;
  readonly detail: string;
}

/** What a source reports; none of these may throw. */
export interface SourceHooks {
  readonly onRejected?: (rejection: SourceRejection) => void;
  /** `deliver` threw or rejected. */
  readonly onDeliverFailed?: (error: unknown, topic: string) => void;
  /** `deliver` took longer than a message may be held. */
  readonly onHoldExceeded?: (topic: string) => void;
  readonly onConnected?: () => void;
  /** The connection was lost or could not be made; `error` says why and what to do. */
  readonly onDisconnected?: (error: GatewayError) => void;
}

export interface PublishOptions {
  /** Default false. */
  readonly retain?: boolean;
  /** Default 1. */
  readonly qos?: 0 | 1;
}

/** A message on its way to the broker. */
export interface OutgoingMessage {
  readonly topic: string;
  readonly payload: string | Uint8Array;
  readonly retain: boolean;
  readonly qos: 0 | 1;
}

/** Where messages come from and the gateway's own MQTT messages go to. */
export interface MessageSource extends AsyncDisposable {
  /** Resolves once messages can arrive for the first time; rejects with `CLOSED` when disposed of before. */
  readonly ready: Promise<void>;
  /**
   * Publishes a message; resolves when the broker has it. While there is no connection it waits in a bounded queue, in
   * which a retained message replaces an older one for the same topic.
   *
   * @throws GatewayError `QUEUE_FULL` (retryable), `CLOSED`
   */
  publish(topic: string, payload: string | Uint8Array, options?: PublishOptions): Promise<void>;
  health(): PartHealth;
}

/** Retained `online` or `offline`. */
export const AVAILABILITY_TOPIC = 'alongside/gateway/availability';
