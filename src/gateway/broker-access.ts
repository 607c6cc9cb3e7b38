import type { AccessControl, Identification } from '../access/access-control.js';
import { tokenIdOf } from '../access/passwords.js';
import { ANONYMOUS, hasScope, type Principal } from '../access/principal.js';
import type { BrokerAccess, BrokerClient, LoginAttempt } from '../ingest/broker/broker-types.js';
import {
  coversFilter,
  createTopicResolver,
  OUTPUT_TOPICS,
  type Subscription,
  topicLevels,
} from '../ingest/topics.js';
import { GatewayError } from '../shared/errors.js';
import { isOwnHost } from '../shared/network.js';
import { topicsAbout } from './external-broker.js';

type Complete<T> = { readonly [K in keyof T]-?: NonNullable<T[K]> };

/** Who may do what on the embedded broker. */
export interface GatewayBrokerAccess extends Complete<BrokerAccess> {
  /** Whether a client that was let in must go: its credentials changed, ran out, or have become necessary. */
  isUnwanted(client: BrokerClient): boolean;
}

const OUTPUT_FILTERS = OUTPUT_TOPICS.map(topicLevels);

export interface BrokerAccessOptions {
  /** Topics that devices publish to, besides the gateway's own. */
  readonly subscriptions: readonly Subscription[];
  /** Names by which browsers may ask where nobody has to log in; `undefined`: any. */
  readonly allowedHosts?: readonly string[] | undefined;
  /** Where Home Assistant is served. */
  readonly homeAssistantPrefix?: string | undefined;
}

/**
 * A device may publish what is its own, and hear its own status, company and apparel. A token serves as password of any user name, also where
 * nobody has to log in: `read` hears all statuses, `ingest` publishes what devices send, for all of them, `admin` publishes and hears
 * everything. What the gateway itself says, nobody else may: that is the source's own rule. Where Home Assistant is served, `read` hears its discovery too, and says that it is there.
 */
export function createBrokerAccess(
  control: AccessControl,
  { subscriptions, allowedHosts, homeAssistantPrefix }: BrokerAccessOptions,
): GatewayBrokerAccess {
  const topics = createTopicResolver(subscriptions);
  const principals = new WeakMap<object, Principal>();
  const principalOf = ({ connection }: BrokerClient): Principal => principals.get(connection) ?? ANONYMOUS;
  return {
    authenticate: async (attempt) => {
      const principal = await login(control, attempt);
      if (principal === undefined) return false;
      principals.set(attempt.connection, principal);
      return true;
    },
    ownerOf: ({ username, password }) => {
      const tokenId = tokenIdOf(password?.toString('utf8') ?? '');
      if (tokenId !== undefined) return `token ${tokenId}`;
      return control.allowsAnonymous('mqtt') ? undefined : `device ${username ?? ''}`;
    },
    authorizeHost: (host) => !control.allowsAnonymous('mqtt') || isOwnHost(host, allowedHosts),
    authorizePublish: (client, topic) => {
      const principal = principalOf(client);
      if (!control.isStillAllowed(principal, 'mqtt')) return false;
      if (principal.kind === 'anonymous' || hasScope(principal, 'admin')) return true;
      const meaning = topics.resolve(topic);
      if (principal.kind === 'device') {
        const isOwn = meaning.kind === 'message' && meaning.device === principal.device;
        return isOwn || topic.startsWith(`alongside/${principal.device}/`);
      }
      const isBirth = homeAssistantPrefix !== undefined && topic === `${homeAssistantPrefix}/status`;
      if (isBirth) return hasScope(principal, 'read');
      return meaning.kind === 'message' && hasScope(principal, 'ingest');
    },
    authorizeSubscribe: (client, filter) => {
      const principal = principalOf(client);
      if (!control.isStillAllowed(principal, 'mqtt')) return false;
      if (principal.kind === 'anonymous' || hasScope(principal, 'admin')) return true;
      if (principal.kind === 'device') {
        return topicsAbout(principal.device).includes(filter);
      }
      const levels = topicLevels(filter);
      const isOutput = OUTPUT_FILTERS.some((output) => coversFilter(output, levels));
      const isDiscovery = homeAssistantPrefix !== undefined && filter.startsWith(`${homeAssistantPrefix}/`);
      return (isOutput || isDiscovery) && hasScope(principal, 'read');
    },
    isUnwanted: (client) => !control.isStillAllowed(principalOf(client), 'mqtt'),
  };
}

/** @throws GatewayError (retryable) for who tries too often: their password was not looked at */
async function login(control: AccessControl, attempt: LoginAttempt): Promise<Principal | undefined> {
  const { username, password, address } = attempt;
  const text = password?.toString('utf8') ?? '';
  // A token is looked at also where nobody needs one: its client would have more rights than it allows, and most once it is revoked.
  const isToken = tokenIdOf(text) !== undefined;
  if (!isToken && control.allowsAnonymous('mqtt')) return ANONYMOUS;
  if (username === undefined || password === undefined) return undefined;
  const identification: Identification = isToken
    ? control.identifyToken(text, address)
    : await control.identifyDevice(username, password, address);
  if (identification.kind === 'known') return identification.principal;
  if (identification.kind !== 'limited') return undefined;
  throw new GatewayError('QUEUE_FULL', 'too many wrong passwords came from this address for this name', {
    retryable: true,
  });
}
