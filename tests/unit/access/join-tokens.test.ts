import { describe, expect, it } from 'vitest';
import { JoinTokens } from '../../../src/access/join-tokens.js';
import { deviceId } from '../../helpers/make-results.js';

const ANNA = { device: deviceId('anna'), replace: false, expiresAtMs: 1000 };

describe(JoinTokens, () => {
  it('lets one phone in, once', () => {
    const tokens = new JoinTokens();
    const { token } = tokens.invite(ANNA);
    expect(tokens.redeem(token, 999)).toMatchObject({ kind: 'taken', invitation: ANNA });
    expect(tokens.redeem(token, 999)).toEqual({ kind: 'used' });
  });

  it('knows a token that was used at another gateway at the same time', () => {
    const [here, there] = [new JoinTokens(), new JoinTokens()];
    const { token } = here.invite(ANNA);
    void there.shared.take(here.shared.all());
    const redemption = here.redeem(token, 999);
    const claim = redemption.kind === 'taken' ? redemption.claim : '';
    expect(here.isUsedBy(token, claim)).toBe(true);
    there.redeem(token, 999);
    void here.shared.take(there.shared.all());
    expect(here.isUsedBy(token, claim)).toBe(false);
    expect(here.redeem(token, 999)).toEqual({ kind: 'used' });
  });

  it('lets a phone try again when nobody was let in', () => {
    const tokens = new JoinTokens();
    const { token } = tokens.invite(ANNA);
    tokens.redeem(token, 999);
    tokens.giveBack(token);
    expect(tokens.stateOf(ANNA.device, 999)).toBe('waiting');
    expect(tokens.redeem(token, 999)).toMatchObject({ kind: 'taken' });
  });

  it('knows wrong and expired tokens', () => {
    const tokens = new JoinTokens();
    const { token } = tokens.invite(ANNA);
    expect(tokens.redeem(`${token}x`, 0)).toEqual({ kind: 'unknown' });
    expect(tokens.redeem('', 0)).toEqual({ kind: 'unknown' });
    expect(tokens.redeem(token, 1000)).toEqual({ kind: 'expired' });
  });

  it('takes an unused token back when the same device is invited again, or forgotten', () => {
    const tokens = new JoinTokens();
    const first = tokens.invite(ANNA);
    const second = tokens.invite(ANNA);
    expect(tokens.redeem(first.token, 0)).toEqual({ kind: 'unknown' });
    expect(tokens.has(ANNA.device)).toBe(true);
    tokens.forget(ANNA.device);
    expect(tokens.has(ANNA.device)).toBe(false);
    expect(tokens.redeem(second.token, 0)).toEqual({ kind: 'unknown' });
  });

  it('says whether a phone has joined by the newest invitation', () => {
    const tokens = new JoinTokens();
    expect(tokens.stateOf(ANNA.device, 0)).toBeUndefined();
    const { token } = tokens.invite(ANNA);
    expect(tokens.stateOf(ANNA.device, 999)).toBe('waiting');
    expect(tokens.stateOf(ANNA.device, 1000)).toBe('expired');
    tokens.redeem(token, 999);
    expect(tokens.stateOf(ANNA.device, 1000)).toBe('joined');
    tokens.invite(ANNA);
    expect(tokens.stateOf(ANNA.device, 0)).toBe('waiting');
  });

  it('remembers a bounded number', () => {
    const tokens = new JoinTokens();
    const first = tokens.invite(ANNA);
    for (let index = 0; index < 1000; index++) tokens.invite({ ...ANNA, device: deviceId(`phone-${index}`) });
    expect(tokens.redeem(first.token, 0)).toEqual({ kind: 'unknown' });
  });
});
