import { jsonAnswer } from '../answers.js';
import type { HttpDependencies } from '../dependencies.js';
import type { HttpApp } from '../http-app.js';
import { problemAnswers } from '../problem.js';
import { ledgerAnswerSchema } from '../schemas.js';

/** `GET /v1/ledger`: the counts that must balance. */
export function addLedgerRoute(app: HttpApp, { ledger }: Pick<HttpDependencies, 'ledger'>): void {
  app.get(
    '/v1/ledger',
    {
      config: { scope: 'read' },
      schema: {
        operationId: 'getLedger',
        summary: 'What was received and what became of it',
        tags: ['operation'],
        response: { 200: jsonAnswer('The ledger since the start', ledgerAnswerSchema), ...problemAnswers },
      },
    },
    () => {
      const { messages, samples, windows, frames, ...rest } = ledger();
      return {
        ...rest,
        messages: { ...messages, rejected: { ...messages.rejected } },
        samples: { ...samples },
        windows: { ...windows, skipped: { ...windows.skipped } },
        frames: { ...frames, rejected: { ...frames.rejected } },
        ignoredSensors: { ...rest.ignoredSensors },
      };
    },
  );
}
