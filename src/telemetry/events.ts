import type { HttpEvents } from '../http/dependencies.js';
import {
  type DeviceEvents,
  deviceEvents,
  type FrameEvents,
  frameEvents,
  type MessageEvents,
  messageEvents,
  type RecordingEvents,
  recordingEvents,
  type SourceEvents,
  sourceEvents,
} from './input-events.js';
import { createWarner, type EventDependencies } from './log-warning.js';
import {
  type ModelEvents,
  modelEvents,
  type OutboxEvents,
  outboxEvents,
  type StoreEvents,
  storeEvents,
  type WindowEvents,
  windowEvents,
} from './result-events.js';
import { httpEvents, type NotificationEvents, notificationEvents } from './serving-events.js';

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
    NotificationEvents,
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
    ...notificationEvents(dependencies, warn),
    ...httpEvents(dependencies, warn),
  };
}
