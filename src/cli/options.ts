import { InvalidArgumentError } from 'commander';
import { epochUnitOf, wrongEpochUnit } from '../domain/epoch-time.js';

/** Reads an option that must be a number in a range. */
export function numberBetween(lowest: number, highest: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !(value >= lowest && value <= highest)) {
      throw new InvalidArgumentError(`must be a number from ${lowest} to ${highest}.`);
    }
    return value;
  };
}

/** Reads an option that must be a whole number in a range. */
export function wholeNumberBetween(lowest: number, highest: number): (text: string) => number {
  const read = numberBetween(lowest, highest);
  return (text) => {
    const value = read(text);
    if (!Number.isInteger(value)) throw new InvalidArgumentError('must be a whole number.');
    return value;
  };
}

/** Reads a point in time from 2000 to 2099: epoch milliseconds or ISO 8601. */
export function epochMs(text: string): number {
  const timeMs = /^[+-]?\d+(\.\d+)?(e\d+)?$/i.test(text) ? Number(text) : Date.parse(text);
  if (Number.isNaN(timeMs)) throw new InvalidArgumentError('must be epoch milliseconds or an ISO 8601 time.');
  if (epochUnitOf(timeMs) === 'milliseconds') return timeMs;
  throw new InvalidArgumentError(`${wrongEpochUnit(timeMs) ?? 'must lie in the years 2000 to 2099'}.`);
}
