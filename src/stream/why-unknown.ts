import type { KnownPlacement, SensorKind, StatedPlacement } from '../domain/samples.js';
import type { UnknownCode, UnknownReason } from '../domain/status.js';
import type { SkipReason } from '../domain/window.js';

/** What a model must be given before it says anything. */
export interface ModelNeeds {
  readonly name: string;
  readonly windowMs: number;
  readonly strideMs: number;
  /** Each sensor with the ways to get it: streams that must all be there. The first way is the best. */
  readonly sensors: readonly (readonly (readonly SensorKind[])[])[];
}

/** What is known of what a device sends. Times are gateway times, epoch milliseconds. */
export interface DeviceEvidence {
  /** Since when it has sent without a long pause. */
  readonly sendingSinceMs: number;
  /** When usable samples came last; -Infinity before the first. */
  readonly lastUsableMs: number;
  /** When samples of each stream came last. */
  readonly streamsSeenMs: ReadonlyMap<SensorKind, number>;
  /** What became of the last window of each model since it began to send; `undefined`: a prediction. */
  readonly outcomes: ReadonlyMap<string, SkipReason | undefined>;
}

/** The time, the settings of the target, and the gateway's own state. */
export interface UnknownMoment {
  readonly nowMs: number;
  readonly silenceMs: number;
  readonly dwellMs: number;
  readonly latenessMs: number;
  /** What keeps results from being stored; `undefined` while all is well. */
  readonly storeProblem: string | undefined;
  /** Whether phones can reach the gateway. */
  readonly isHearing: boolean;
}

/**
 * Why nothing is known of a target, as long as nothing is known.
 *
 * @param model the model in service that tells the target; `undefined` when there is none
 * @param device `undefined` for a device that has not been heard since the gateway started
 */
export function whyUnknown(
  target: string,
  model: ModelNeeds | undefined,
  device: DeviceEvidence | undefined,
  moment: UnknownMoment,
): UnknownReason {
  if (model === undefined) return noModel(target);
  if (device === undefined || moment.nowMs - device.lastUsableMs > moment.silenceMs) {
    return silent(device, moment);
  }
  const sensors = missingStreams(model, device, moment);
  if (sensors.length > 0) return missingSensor(sensors, model);
  return byOutcome(model, device, moment);
}

const PAST_TEXTS: Readonly<Record<UnknownCode, string>> = {
  'no-model': 'No model in service told it.',
  placement: 'The models that tell it are for devices worn elsewhere.',
  'missing-sensor': 'The device did not send what the model needs.',
  'low-coverage': 'Too many samples were missing.',
  silence: 'No usable sample came.',
  'too-new': 'The device had not sent for long enough.',
  undecided: 'The model was not sure enough.',
  'nobody-found': 'No device that takes part in company was with it.',
  'queue-full': 'The gateway could not keep up and skipped windows.',
  'model-failed': 'The model could not be run.',
  store: 'Results could not be stored.',
};

/** Why nothing was known of a time that is over. */
export function reasonOfThePast({ code, sensors }: UnknownReason): UnknownReason {
  if (sensors === undefined) return { code, text: PAST_TEXTS[code] };
  return { code, text: `The device sent no ${sensors.join(' and ')}, which the model needs.`, sensors };
}

const PLACES: Readonly<Record<KnownPlacement, string>> = {
  chest: 'on the chest',
  pocket: 'in a pocket',
  wrist: 'on the wrist',
  hand: 'in the hand',
  any: 'now here, now there',
  assumed: 'somewhere',
};

/**
 * Of a device that is worn where no model that tells the target is made for.
 *
 * @param models all that tell it
 */
export function wornElsewhere(
  target: string,
  worn: KnownPlacement,
  models: readonly { readonly placement: StatedPlacement }[],
): UnknownReason {
  const places = new Set(models.map(({ placement }) => PLACES[placement]));
  const text =
    `It is worn ${PLACES[worn]}, but ${target} is told only of devices worn ${[...places].join(' or ')}. ` +
    'Wear it there, or correct where it is worn.';
  return { code: 'placement', text };
}

function noModel(target: string): UnknownReason {
  const text = `No model in service tells ${target}. Name one that does in the setting models.active.`;
  return { code: 'no-model', text };
}

/** @param whyNot what keeps company from being found out, in words */
export function nobodyFound(whyNot: string | undefined): UnknownReason {
  const text =
    whyNot ??
    'No other device that takes part in company moves together with it. ' +
      'Where everybody carries one, company.closed=true makes that a no.';
  return { code: 'nobody-found', text };
}

/** Of a phone that a person carries, where the model in service knows simulated people only. */
export function onlySimulated(target: string, model: string): UnknownReason {
  const text =
    `The model ${model}, which tells ${target}, knows simulated phones only. ` +
    'Stream to a gateway that runs with alongside start.';
  return { code: 'no-model', text };
}

function silent(device: DeviceEvidence | undefined, moment: UnknownMoment): UnknownReason {
  if (moment.storeProblem !== undefined) {
    const text = `Results cannot be stored at the moment (${moment.storeProblem}). Look at the store; nothing is lost meanwhile.`;
    return { code: 'store', text };
  }
  return { code: 'silence', text: silenceText(device, moment) };
}

function silenceText(device: DeviceEvidence | undefined, { nowMs, isHearing }: UnknownMoment): string {
  if (!isHearing) return 'The gateway has no connection to its broker. Look at GET /health/ready.';
  if (device === undefined) {
    return 'No sample has come since the gateway started. Start streaming on the phone, and look at its address.';
  }
  if (device.lastUsableMs === Number.NEGATIVE_INFINITY) {
    return 'Messages come, but none of their samples can be used. Look at the counts of its samples and at its clock.';
  }
  const silentFor = roundLength(nowMs - device.lastUsableMs);
  return `No usable sample has come for ${silentFor}. See whether the phone streams and has a connection.`;
}

/** In the largest unit of which there are at least two. */
function roundLength(lengthMs: number): string {
  const seconds = lengthMs / 1000;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} days`;
}

/** Streams without samples for longer than a window lasts, for each sensor that can be had in no way. */
function missingStreams(
  { sensors, windowMs }: ModelNeeds,
  { lastUsableMs, streamsSeenMs }: DeviceEvidence,
  { latenessMs }: UnknownMoment,
): SensorKind[] {
  const liveSinceMs = lastUsableMs - windowMs - latenessMs;
  const isSent = (stream: SensorKind): boolean =>
    (streamsSeenMs.get(stream) ?? Number.NEGATIVE_INFINITY) >= liveSinceMs;
  return sensors.flatMap((ways) => {
    if (ways.some((streams) => streams.every(isSent))) return [];
    return (ways[0] ?? []).filter((stream) => !isSent(stream));
  });
}

function missingSensor(sensors: readonly string[], { name }: ModelNeeds): UnknownReason {
  const names = sensors.join(' and ');
  const text =
    `It sends no ${names}, which the model ${name} needs. ` +
    'Switch it on in the app, or use a model that does without it.';
  return { code: 'missing-sensor', text, sensors };
}

function byOutcome(model: ModelNeeds, device: DeviceEvidence, moment: UnknownMoment): UnknownReason {
  const neededMs = model.windowMs + model.strideMs + moment.latenessMs + moment.dwellMs;
  const skipped = device.outcomes.get(model.name);
  if (skipped === 'queue-full') {
    const text = 'The gateway cannot keep up and skips windows. Give it fewer phones or a faster machine.';
    return { code: 'queue-full', text };
  }
  if (skipped === 'model-failed') {
    const text = `The model ${model.name} could not be run. The gateway’s log says why.`;
    return { code: 'model-failed', text };
  }
  if (moment.nowMs - device.sendingSinceMs <= neededMs) {
    const text = `It has not sent for long enough: a status takes about ${Math.ceil(neededMs / 1000)} s. Wait.`;
    return { code: 'too-new', text };
  }
  if (skipped === 'low-coverage' || !device.outcomes.has(model.name)) {
    const text =
      'Too many samples are missing. Look at the connection, and let the app send every sensor at a higher rate.';
    return { code: 'low-coverage', text };
  }
  return { code: 'undecided', text: `The model ${model.name} is not sure enough. Nothing needs to be done.` };
}
