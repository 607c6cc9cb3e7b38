import { sizeOf } from './dims.js';
import { GraphBuilder, type Value } from './graph-builder.js';

export type Values<Name extends string> = Readonly<Record<Name, Value>>;

export interface ScanInputs<State extends string, Sequence extends string> {
  /** Values before the first step; the loop carries them. */
  readonly states: Values<State>;
  /** Read one slice a step along axis 0. */
  readonly sequences: Values<Sequence>;
  /** Run from the last slice to the first; what the steps make is still stacked in the sequences' order. */
  readonly reverse?: boolean;
}

export interface ScanStep<State extends string, Output extends string> {
  readonly states: Values<State>;
  readonly outputs: Values<Output>;
}

export interface ScanResult<State extends string, Output extends string> {
  /** The states after the last step. */
  readonly states: Values<State>;
  /** What the steps made, stacked along a new axis 0. */
  readonly outputs: Values<Output>;
}

/**
 * Appends an ONNX `Scan`: a loop over axis 0 of some sequences. The step may use values of the surrounding graph.
 *
 * @param step emits one step into the loop's body, from states and slices by name
 */
export function scan<State extends string, Sequence extends string, Output extends string>(
  graph: GraphBuilder,
  inputs: ScanInputs<State, Sequence>,
  step: (body: GraphBuilder, values: Values<State | Sequence>) => ScanStep<State, Output>,
): ScanResult<State, Output> {
  const stateNames = keysOf(inputs.states);
  const sequenceNames = keysOf(inputs.sequences);
  const prefix = graph.newName('Scan');
  const body = new GraphBuilder(`${prefix}/`);
  const formal = [
    ...stateNames.map((name) => body.input(`${prefix}/${name}`, inputs.states[name].dims)),
    ...sequenceNames.map((name) => body.input(`${prefix}/${name}`, inputs.sequences[name].dims.slice(1))),
  ];
  const made = step(body, byName([...stateNames, ...sequenceNames], formal));
  const outputNames = keysOf(made.outputs);
  for (const name of stateNames) body.result(made.states[name]);
  for (const name of outputNames) body.result(made.outputs[name]);

  const [firstSequence] = sequenceNames;
  const steps = firstSequence === undefined ? 0 : sizeOf(inputs.sequences[firstSequence].dims, 0);
  const results = graph.node(
    'Scan',
    [
      ...stateNames.map((name) => inputs.states[name]),
      ...sequenceNames.map((name) => inputs.sequences[name]),
    ],
    [
      ...stateNames.map((name) => made.states[name].dims),
      ...outputNames.map((name) => [steps, ...made.outputs[name].dims]),
    ],
    {
      body: { graph: body.build(prefix) },
      num_scan_inputs: { int: sequenceNames.length },
      ...(inputs.reverse
        ? {
            scan_input_directions: { ints: sequenceNames.map(() => 1) },
            scan_output_directions: { ints: outputNames.map(() => 1) },
          }
        : {}),
    },
  );
  return {
    states: byName(stateNames, results.slice(0, stateNames.length)),
    outputs: byName(outputNames, results.slice(stateNames.length)),
  };
}

function keysOf<Name extends string>(values: Values<Name>): Name[] {
  // A record built here has exactly the keys of its type.
  return Object.keys(values) as Name[];
}

function byName<Name extends string>(names: readonly Name[], values: readonly Value[]): Values<Name> {
  // Names and values are of the same length by construction, which the type system cannot see.
  return Object.fromEntries(names.map((name, index) => [name, values[index]])) as unknown as Values<Name>;
}
