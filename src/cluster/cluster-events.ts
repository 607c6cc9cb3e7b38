import type { Logger } from 'pino';
import { messageOf } from '../shared/errors.js';

/** What a cluster reports, at one place. Lines that an outage can repeat appear once until it is over. */
export interface ClusterEvents {
  waiting(reason: string): void;
  joined(gateway: string, server: string): void;
  clockMoved(offsetMs: number): void;
  disconnected(): void;
  reconnected(): void;
  partitionTaken(partition: number, token: number, devices: number, tookMs: number): void;
  partitionGivenUp(partition: number, tookMs: number): void;
  partitionLost(partition: number): void;
  partitionFailed(partition: number, error: unknown): void;
  checkpointFailed(partition: number, error: unknown): void;
  cutFailed(partition: number, error: unknown): void;
  notAble(obstacle: string): void;
  roundFailed(error: unknown): void;
  notAppended(partition: number, error: unknown): void;
  appendedAgain(): void;
  settingsNotShared(error: unknown): void;
  liveEventsLost(events: number): void;
  answerFailed(subject: string, error: unknown): void;
  retainedFailed(error: unknown): void;
  bridgeTaken(to: string, token: number): void;
  /** @param problem why the broker is not reached; absent where the gateway stops */
  bridgeGivenUp(to: string, problem?: string): void;
  bridgeLost(to: string): void;
  companyFailed(error: unknown, partition?: number): void;
}

export function createClusterEvents(logger: Logger): ClusterEvents {
  let waitsFor = '';
  return {
    waiting: (reason) => {
      if (reason !== waitsFor) logger.warn({ reason }, 'waiting for NATS; nothing is taken until it answers');
      waitsFor = reason;
    },
    joined: (gateway, server) => logger.info({ gateway, server }, 'joined the cluster'),
    clockMoved: (offsetMs) =>
      logger.warn(
        { offsetMs: Math.round(offsetMs) },
        offsetMs === 0
          ? 'clock of this machine is right again'
          : 'clock of this machine is not that of NATS; the gateway goes by NATS: set the clock right',
      ),
    disconnected: () => logger.warn('connection to NATS lost; phones keep their messages until it is back'),
    reconnected: () => logger.info('connection to NATS is back'),
    partitionTaken: (partition, token, devices, tookMs) =>
      logger.info({ partition, token, devices, tookMs: Math.round(tookMs) }, 'partition taken'),
    partitionGivenUp: (partition, tookMs) =>
      logger.info({ partition, tookMs: Math.round(tookMs) }, 'partition given back'),
    partitionLost: (partition) =>
      logger.warn({ partition }, 'another gateway has taken the partition; what was held of it is dropped'),
    partitionFailed: (partition, error) =>
      logger.error(
        { partition, error: messageOf(error) },
        'partition could not be gone on with; it is given back',
      ),
    checkpointFailed: (partition, error) =>
      logger.error({ partition, error: messageOf(error) }, 'checkpoint not written; it is tried again'),
    cutFailed: (partition, error) =>
      logger.warn({ partition, error: messageOf(error) }, 'log not cut; it holds more than it must'),
    notAble: (obstacle) =>
      logger.error({ obstacle }, 'this gateway takes no partition; give all gateways the same models'),
    roundFailed: (error) =>
      logger.warn(
        { error: messageOf(error) },
        'NATS did not say who owns which partition; it is asked again',
      ),
    notAppended: (partition, error) =>
      logger.warn(
        { partition, error: messageOf(error) },
        'log does not take messages; phones keep theirs until it does',
      ),
    settingsNotShared: (error) =>
      logger.warn(
        { error: messageOf(error) },
        'settings not shared with the other gateways; it is tried again',
      ),
    liveEventsLost: (events) => logger.warn({ events }, 'live events lost; NATS did not take them'),
    answerFailed: (subject, error) =>
      logger.warn({ subject, error: messageOf(error) }, 'another gateway was not answered'),
    retainedFailed: (error) =>
      logger.warn({ error: messageOf(error) }, 'broker did not take what it is to retain'),
    bridgeTaken: (to, token) => logger.info({ to, token }, 'bridge to the external broker taken'),
    bridgeGivenUp: (to, problem) =>
      problem === undefined
        ? logger.info({ to }, 'bridge to the external broker given back')
        : logger.warn({ to, problem }, 'external broker not reached; the bridge is left to another gateway'),
    bridgeLost: (to) => logger.warn({ to }, 'another gateway has taken the bridge to the external broker'),
    companyFailed: (error, partition) =>
      logger.warn(
        { partition, error: messageOf(error) },
        'company not found out, or not told; it is tried again',
      ),
    appendedAgain: () => logger.info('all logs take messages again'),
  };
}
