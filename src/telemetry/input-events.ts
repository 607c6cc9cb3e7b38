import type { MessageRejectReason, SampleFate } from '../domain/ledger.js';
import type { EventDependencies } from '../events/event-dependencies.js';
import { shorten } from '../events/shorten.js';
import type { Fault } from '../shared/faults.js';
import type { Warn } from './log-warning.js';

/** A message that was refused, as far as a log may know it: no payload. */
export interface Rejection {
  readonly reason: MessageRejectReason;
  /** An MQTT topic or an HTTP path. */
  readonly topic: string;
  /** What is wrong, in words, without values from the payload. */
  readonly detail: string;
}

/** What happens to messages and their samples. */
export interface MessageEvents {
  messageReceived(): void;
  messageAccepted(): void;
  messageRejected(rejection: Rejection): void;
  /** Something threw in the data path; the stream goes on. */
  stageFailed(fault: Fault): void;
  samplesAccepted(count: number): void;
  samplesSettled(fate: SampleFate, count: number): void;
  sensorIgnored(name: string, samples: number): void;
}

export function messageEvents({ ledger }: EventDependencies, warn: Warn): MessageEvents {
  return {
    messageReceived: ledger.messageReceived,
    messageAccepted: ledger.messageAccepted,
    messageRejected: ({ reason, topic, detail }) => {
      ledger.messageRejected(reason);
      const fields = { reason, topic: shorten(topic), detail: shorten(detail) };
      warn(`message-rejected/${reason}`, fields, 'message rejected');
    },
    stageFailed: ({ stage, error }) =>
      warn(`stage-failed/${stage}`, { stage, err: error }, 'a fault in the data path; please report it'),
    samplesAccepted: ledger.samplesAccepted,
    samplesSettled: ledger.samplesSettled,
    sensorIgnored: ledger.sensorIgnored,
  };
}
