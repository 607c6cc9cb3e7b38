import { describe, expect, it } from 'vitest';
import { ANONYMOUS, hasScope, type Principal, SCOPES, type Scope } from '../../../src/access/principal.js';
import { PHONE } from '../../helpers/make-results.js';

const token = (...scopes: Scope[]): Principal => ({ kind: 'token', id: '0', name: 'x', scopes });

describe('hasScope', () => {
  it.each<[string, Principal, readonly Scope[]]>([
    ['nobody in particular', ANONYMOUS, []],
    ['a device', { kind: 'device', device: PHONE, passwordFromMs: 0 }, ['ingest']],
    ['a token to read', token('read'), ['read']],
    ['a token to push', token('ingest'), ['ingest']],
    ['a token for both', token('read', 'ingest'), ['read', 'ingest']],
    ['an administrator', token('admin'), ['read', 'ingest', 'admin']],
  ])('lets %s do what they may', (_, principal, may) => {
    expect(SCOPES.filter((scope) => hasScope(principal, scope))).toEqual(may);
  });
});
