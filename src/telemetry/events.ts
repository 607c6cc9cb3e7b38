import { type DeviceEvents, deviceEvents } from '../events/device-events.js';
import type { EventDependencies } from '../events/event-dependencies.js';
import { type FrameEvents, frameEvents } from '../events/frame-events.js';
import { httpEvents } from '../events/http-events.js';
import { type ModelEvents, modelEvents } from '../events/model-events.js';
import { type OutboxEvents, outboxEvents } from '../events/outbox-events.js';
import { type RecordingEvents, recordingEvents } from '../events/recording-events.js';
import { type SourceEvents, sourceEvents } from '../events/source-events.js';
import { type StoreEvents, storeEvents } from '../events/store-events.js';
import type { HttpEvents } from '../http/dependencies.js';
import { type MessageEvents, messageEvents } from './input-events.js';
import { createWarner } from './log-warning.js';
import { type WindowEvents, windowEvents } from './result-events.js';
import { type NoticeEvents, noticeEvents } from './serving-events.js';

/**
 * The one place where business events are reported: each function counts in the ledger or a metric and, where a
 * person should know, logs. Lines that bad input or an outage can repeat appear at most once a minute a reason.
 */
export interface Events
  extends MessageEvents,
    WindowEvents,
    ModelEvents,
    FrameEvents,
    StoreEvents,
    OutboxEvents,
    SourceEvents,
    DeviceEvents,
    RecordingEvents,
    NoticeEvents,
    HttpEvents {}

export function createEvents(dependencies: EventDependencies): Events {
  const warn = createWarner(dependencies.logger, dependencies.clock);
  return {
    ...messageEvents(dependencies, warn),
    ...windowEvents(dependencies, warn),
    ...modelEvents(dependencies, warn),
    ...frameEvents(dependencies, warn),
    ...storeEvents(dependencies, warn),
    ...outboxEvents(dependencies, warn),
    ...sourceEvents(dependencies, warn),
    ...deviceEvents(dependencies, warn),
    ...recordingEvents(dependencies, warn),
    ...noticeEvents(dependencies, warn),
    ...httpEvents(dependencies, warn),
  };
}
