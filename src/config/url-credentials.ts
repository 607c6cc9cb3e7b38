import { GatewayError } from '../shared/errors.js';

/** An address without what may stand in it of the user. */
export interface ParsedAddress {
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
}

/**
 * Takes user and password out of a URL, so that what is logged and printed of it is no secret.
 *
 * @throws GatewayError `CONFIG_INVALID` when they are not percent-encoded as URLs want it
 */
export function takeCredentials(setting: string, text: string): ParsedAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.username === '' && url.password === '')) return { url: text };
  const [username, password] = [url.username, url.password].map((part) => decoded(setting, part));
  return {
    url: text.replace(/^([^:]+:\/\/)[^/?#]*@/, '$1'),
    ...(username ? { username } : {}),
    ...(password ? { password } : {}),
  };
}

function decoded(setting: string, part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    const text = `${setting}: user and password must be percent-encoded there (% is %25)`;
    throw new GatewayError('CONFIG_INVALID', text);
  }
}
