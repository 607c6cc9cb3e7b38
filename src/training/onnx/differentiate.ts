import { firstGradient, type RuleContext } from './gradient-rule.js';
import { GRADIENT_RULES } from './gradient-rules.js';
import type { GraphBuilder, TapeEntry, Value } from './graph-builder.js';
import { add } from './operators.js';

/**
 * Appends to a graph the computation of the gradients of a scalar with respect to some of its values (reverse mode).
 *
 * Sizes of all axes must be known. Only what lies between `wrt` and the loss is differentiated, so frozen weights and
 * the data cost nothing.
 *
 * @returns one gradient a value of `wrt`, of its shape
 * @throws Error when the loss does not depend on one of them, or an operator on the way has no rule
 */
export function differentiate(graph: GraphBuilder, loss: Value, wrt: readonly Value[]): Value[] {
  const tape = [...graph.tape];
  const active = dependents(tape, wrt);
  return graph.untaped(() => {
    const gradients = new Map<string, Value>([[loss.name, graph.scalar(1)]]);
    for (const entry of tape.reverse()) {
      if (entry.outputs.some((output) => active.has(output.name))) {
        passBack(graph, entry, active, gradients);
      }
    }
    return wrt.map((value) => {
      const gradient = gradients.get(value.name);
      if (gradient === undefined) throw new Error(`the loss does not depend on "${value.name}"`);
      return gradient;
    });
  });
}

/** Names of all values that change when one of `wrt` does. */
function dependents(tape: readonly TapeEntry[], wrt: readonly Value[]): Set<string> {
  const names = new Set(wrt.map((value) => value.name));
  for (const entry of tape) {
    if (entry.inputs.some((input) => names.has(input.name))) {
      for (const output of entry.outputs) names.add(output.name);
    }
  }
  return names;
}

function passBack(
  graph: GraphBuilder,
  entry: TapeEntry,
  active: ReadonlySet<string>,
  gradients: Map<string, Value>,
): void {
  const incoming = entry.outputs.map((output) => gradients.get(output.name));
  if (incoming.every((gradient) => gradient === undefined)) return;
  const wanted = entry.inputs.map((input) => active.has(input.name));
  const outgoing = gradientsOfInputs({ graph, entry, gradients: incoming, wanted });
  entry.inputs.forEach((input, index) => {
    const gradient = outgoing[index];
    if (gradient === undefined || !wanted[index]) return;
    const sum = gradients.get(input.name);
    gradients.set(input.name, sum === undefined ? gradient : add(graph, sum, gradient));
  });
}

function gradientsOfInputs(context: RuleContext): readonly (Value | undefined)[] {
  const { pullBack, opType } = context.entry;
  if (pullBack !== undefined) return pullBack(firstGradient(context));
  const rule = GRADIENT_RULES[opType];
  if (rule === undefined) throw new Error(`no gradient rule for the operator ${opType}`);
  return rule(context);
}
