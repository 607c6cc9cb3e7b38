// What tells company, and what does not: the four tables of the card of models/company-phones.
import { CompanyEngine } from '../../../build/company/company-engine.js';
import { evidenceOf } from '../../../build/company/company-model.js';
import { pairFeatures } from '../../../build/company/pair-features.js';
import { companyRecordings } from '../../../build/recordings/simulation/companions/company-recordings.js';
import { pairWindows, wereTogether } from '../../../build/training/company/pair-windows.js';
import { classifyByLinear } from '../../../build/training/motion/baselines/linear.js';
import { classifyByTrees } from '../../../build/training/motion/baselines/trees.js';
import { aucOf, dataFolder, recordingsIn, rowsOf, windowAt } from './company-data.mjs';

/** Seeds that nothing was learnt from. */
const TEST_SEEDS = [9001, 9002, 9003, 9004];
const MINUTE_MS = 60_000;

/** a. Simulated people of whom nothing was learnt. */
export function simulatedPeople(model, { people = 8, seconds = 2400 } = {}) {
  const scores = [];
  const minutes = new Map();
  const tally = { right: 0, said: 0, all: 0 };
  const delaysS = [];
  for (const seed of TEST_SEEDS) {
    const persons = companyRecordings({ people, seconds, seed }).map((recording) => {
      const { subject, startMs, labels } = recording;
      return { subject, startMs, labels, rows: rowsOf(recording, subject) };
    });
    for (const { pair, endMs, features, isTogether } of pairWindows(persons, model.shape)) {
      const evidence = evidenceOf(features, model);
      scores.push([evidence, isTogether]);
      const key = `${seed}/${pair}/${Math.floor(endMs / MINUTE_MS)}`;
      const minute = minutes.get(key) ?? { sum: 0, kinds: new Set() };
      minute.sum += evidence;
      minutes.set(key, { ...minute, kinds: minute.kinds.add(isTogether) });
    }
    followStatuses(model, persons, tally, delaysS);
  }
  const pure = [...minutes.values()].filter(({ kinds }) => kinds.size === 1);
  return {
    windowAuc: aucOf(scores),
    minuteAuc: aucOf(pure.map(({ sum, kinds }) => [sum, kinds.has(true)])),
    right: tally.right / tally.all,
    rightOfSaid: tally.right / tally.said,
    unknown: 1 - tally.said / tally.all,
    medianDelayS: delaysS.sort((a, b) => a - b)[Math.floor(delaysS.length / 2)],
    meetings: delaysS.length,
  };
}

/** How often what was said of each second in the end was right, and how long after a meeting it was said. */
function followStatuses(model, persons, tally, delaysS) {
  const engine = new CompanyEngine({ model, subjectOf: (device) => device });
  const rows = new Map();
  for (const row of persons.flatMap((person) => person.rows))
    rows.set(row.endMs, [...(rows.get(row.endMs) ?? []), row]);
  const metMs = new Map();
  for (const endMs of [...rows.keys()].sort((a, b) => a - b)) {
    engine.take(rows.get(endMs));
    changesOf(engine.advance(endMs));
    for (const [index, a] of persons.entries()) {
      for (const b of persons.slice(index + 1)) {
        const truth = wereTogether(a, b, endMs - 1000);
        // Two who do not even move alike are apart.
        const status = engine.statusOf(a.subject, b.subject)?.status ?? 'apart';
        if (truth === undefined) continue;
        tally.all += 1;
        if (status !== 'unknown') tally.said += 1;
        if (status === (truth ? 'together' : 'apart')) tally.right += 1;
        noteDelay(metMs, `${a.subject}/${b.subject}`, { truth, status, endMs }, delaysS);
      }
    }
  }
}

/** All that a round finds out. */
function changesOf(round) {
  return [...round].flat();
}

function noteDelay(metMs, pair, { truth, status, endMs }, delaysS) {
  if (!truth) metMs.set(pair, undefined);
  else if (!metMs.has(pair) || metMs.get(pair) === undefined) metMs.set(pair, { endMs, isSaid: false });
  const met = metMs.get(pair);
  if (met === undefined || met.isSaid || status !== 'together') return;
  met.isSaid = true;
  delaysS.push((endMs - met.endMs) / 1000);
}

/** b. Phone and watch of one run, against the same moment of another run; told by people of whom nothing was learnt. */
export async function oneBody(folds = 6) {
  const [phones, watches] = [dataFolder('sp-sw-har'), dataFolder('sp-sw-har-watch')];
  if (phones === undefined || watches === undefined) return undefined;
  const shape = { seconds: 5, lagSeconds: 0 };
  const runs = new Map();
  for await (const { recording } of recordingsIn(phones))
    runs.set(recording.id, {
      subject: recording.subject,
      startMs: recording.startMs,
      phone: rowsOf(recording),
    });
  for await (const { recording } of recordingsIn(watches)) {
    const run = runs.get(recording.id);
    if (run !== undefined) run.watch = rowsOf(recording);
  }
  const all = [...runs.values()];
  const examples = all.flatMap((run, index) => bodyWindows(run, index, all, shape));
  const methods = [
    ['logistic model', classifyByLinear],
    ['randomised trees', classifyByTrees],
  ];
  const results = [];
  for (const [method, classify] of methods)
    results.push({ method, auc: await bySubjects(examples, classify, folds), windows: examples.length });
  return results;
}

function bodyWindows({ subject, startMs, phone, watch }, index, runs, shape) {
  const lastMs = Math.min(phone.at(-1).endMs, watch.at(-1).endMs);
  const firstMs = Math.max(phone[0].endMs, watch[0].endMs) + 4000;
  const found = [];
  for (let endMs = firstMs; endMs <= lastMs; endMs += 2000) {
    const own = windowAt(phone, endMs, shape.seconds);
    found.push({
      subjects: [subject],
      label: 1,
      row: rowFor(own, windowAt(watch, endMs, shape.seconds), shape),
    });
    for (const other of [31, 67, 101].map((step) => runs[(index + step) % runs.length])) {
      // The same moment of another run, to the second of its own grid.
      const thenMs = Math.round((other.startMs + endMs - startMs) / 1000) * 1000;
      if (thenMs > other.watch.at(-1).endMs || thenMs < other.watch[0].endMs + 4000) continue;
      const window = windowAt(other.watch, thenMs, shape.seconds);
      found.push({ subjects: [subject, other.subject], label: 0, row: rowFor(own, window, shape) });
    }
  }
  return found;
}

function rowFor(a, b, shape) {
  const features = [...pairFeatures(a, b, shape)];
  // A linear model cannot multiply: that both turn and heave match tells more than either.
  const matches = features.filter((_, at) => at % 2 === 0);
  return Float64Array.from([...features, ...matches.flatMap((x, at) => matches.slice(at).map((y) => x * y))]);
}

async function bySubjects(examples, classify, folds) {
  const subjects = [...new Set(examples.flatMap((example) => example.subjects))].sort();
  const foldOf = (subject) => subjects.indexOf(subject) % folds;
  const scores = [];
  for (let fold = 0; fold < folds; fold++) {
    const train = examples.filter((each) => each.subjects.every((subject) => foldOf(subject) !== fold));
    const test = examples.filter((each) => foldOf(each.subjects[0]) === fold);
    const told = await classify({
      train: train.map(({ row }) => row),
      labels: train.map(({ label }) => label),
      test: test.map(({ row }) => row),
      classes: 2,
      seed: 1,
    });
    for (const [at, { label }] of test.entries()) scores.push([told[at * 2 + 1], label === 1]);
  }
  return aucOf(scores);
}

/** d. Different people, each alone, laid on one clock: how often two are said to be together. */
export async function falseAlarms(model) {
  const people = [];
  for (const name of ['sp-sw-har', 'casale-chest', 'phone-streams']) {
    const folder = dataFolder(name);
    if (folder === undefined) continue;
    const bySubject = new Map();
    for await (const { recording } of recordingsIn(folder)) {
      const parts = bySubject.get(recording.subject) ?? [];
      bySubject.set(recording.subject, [...parts, rowsOf(recording)]);
    }
    for (const [subject, parts] of bySubject)
      people.push({ device: `${name}-${subject}`, rows: inOneGo(parts) });
  }
  if (people.length === 0) return undefined;
  const engine = new CompanyEngine({ model, subjectOf: (device) => device });
  const longest = Math.max(...people.map(({ rows }) => rows.length));
  const alarms = [];
  for (let second = 0; second < longest; second++) {
    for (const { device, rows } of people) {
      const values = rows[second];
      if (values !== undefined) engine.take([{ device, endMs: (second + 1) * 1000, values }]);
    }
    const changes = changesOf(engine.advance((second + 1) * 1000));
    alarms.push(...changes.filter(({ status }) => status === 'together'));
  }
  let pairSeconds = 0;
  for (const [index, a] of people.entries())
    for (const b of people.slice(index + 1)) pairSeconds += Math.min(a.rows.length, b.rows.length);
  const hours = pairSeconds / 3600;
  return { people: people.length, hours, alarms, per100Hours: (alarms.length / hours) * 100 };
}

/** A person's recordings one after the other, as values a second. */
function inOneGo(parts) {
  return parts.flatMap((rows) => rows.map(({ values }) => values));
}
