import type { GraphBuilder, TapeEntry, Value } from './graph-builder.js';

/** What a rule knows of the step whose gradients it makes. */
export interface RuleContext {
  readonly graph: GraphBuilder;
  readonly entry: TapeEntry;
  /** One an output; at least one is there. */
  readonly gradients: readonly (Value | undefined)[];
  /** One an input: whether its gradient is needed. */
  readonly wanted: readonly boolean[];
}

/** Gradients of an operator's inputs from those of its outputs; `undefined` for inputs without one. */
export type GradientRule = (context: RuleContext) => readonly (Value | undefined)[];

/** The gradient of the first output, the only one of most operators. */
export function firstGradient(context: RuleContext): Value {
  const [gradient] = context.gradients;
  if (gradient === undefined) throw new Error(`${context.entry.opType} got no gradient`);
  return gradient;
}

export function inputAt(context: RuleContext, index: number): Value {
  const input = context.entry.inputs[index];
  if (input === undefined) throw new Error(`${context.entry.opType} has no input ${index}`);
  return input;
}

export function firstOutput(context: RuleContext): Value {
  const [output] = context.entry.outputs;
  if (output === undefined) throw new Error(`${context.entry.opType} has no output`);
  return output;
}

/** The gradient of an input, made only when somebody needs it. */
export function whenWanted(context: RuleContext, index: number, make: () => Value): Value | undefined {
  return context.wanted[index] ? make() : undefined;
}

export function integersAttribute(context: RuleContext, name: string): readonly number[] {
  const attribute = context.entry.attributes[name];
  if (attribute !== undefined && 'ints' in attribute) return attribute.ints;
  if (attribute !== undefined && 'int' in attribute) return [attribute.int];
  throw new Error(`${context.entry.opType} has no integers under "${name}"`);
}
