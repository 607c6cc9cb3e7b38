import type { HttpEvents } from '../http/dependencies.js';
import { type DeviceEvents, deviceEvents } from './device-events.js';
import type { EventDependencies } from './event-dependencies.js';
import { type FrameEvents, frameEvents } from './frame-events.js';
import { httpEvents } from './http-events.js';
import { type MessageEvents, messageEvents } from './message-events.js';
import { type ModelEvents, modelEvents } from './model-events.js';
import { type NoticeEvents, noticeEvents } from './notice-events.js';
import { type OutboxEvents, outboxEvents } from './outbox-events.js';
import { type RecordingEvents, recordingEvents } from './recording-events.js';
import { type SourceEvents, sourceEvents } from './source-events.js';
import { type StoreEvents, storeEvents } from './store-events.js';
import { createWarner } from './warner.js';
import { type WindowEvents, windowEvents } from './window-events.js';

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
