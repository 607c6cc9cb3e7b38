import fc from 'fast-check';

/**
 * Properties are tried with the same values in every run, so that a run says something about the change and not about
 * its luck; other values: `FC_SEED=$RANDOM npm run test:fast`.
 */
const DEFAULT_SEED = 2026;

fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(process.env['FC_SEED'] ?? DEFAULT_SEED) });
