import { InvalidArgumentError } from 'commander';

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

/** Reads a point in time: epoch milliseconds or ISO 8601. */
export function epochMs(text: string): number {
  const value = /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : Date.parse(text);
  if (Number.isNaN(value)) throw new InvalidArgumentError('must be epoch milliseconds or an ISO 8601 time.');
  return value;
}
