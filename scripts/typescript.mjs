// Lets Node.js run the TypeScript of the tests as it is: node --import ./scripts/typescript.mjs FILE.ts
import { register } from 'node:module';

register('./typescript-hooks.mjs', import.meta.url);
