import type { OperatorFunction } from 'rxjs';
import type { Accompaniment } from '../company/accompaniment.js';
import type { CompanyEvent } from '../company/find-company.js';
import { type OnFault, resultStage } from '../shared/faults.js';
import type { Result } from './results.js';

/** Lets company decide `accompanied` of those that are with somebody; everything else passes. */
export function sayAccompanied(
  accompaniment: Accompaniment,
  onFault?: OnFault,
): OperatorFunction<Result | CompanyEvent, Result> {
  return resultStage('accompanied', onFault, (value, emit) => {
    if (value.type !== 'seen' && value.type !== 'status') {
      emit(value);
      return;
    }
    const update = value.type === 'seen' ? accompaniment.seen(value) : accompaniment.told(value.update);
    if (update !== undefined) emit({ type: 'status', update });
  });
}
