import { z } from 'zod';
import { CREDENTIAL_NAME_RULE, parseCredentialName } from '../../access/access-file.js';
import { INVITATION_STATES } from '../../access/join-tokens.js';
import type { DeviceId } from '../../domain/ids.js';
import { GatewayError } from '../../shared/errors.js';
import type { HttpDependencies, JoinOutcome } from '../dependencies.js';
import { MQTT_PATH } from '../mqtt-upgrade.js';
import type { HttpApp } from '../options.js';
import { HttpProblem, jsonAnswer, problemAnswers } from '../problem.js';
import { UNAVAILABLE } from '../problem-of.js';
import { deviceParamsSchema } from '../schemas.js';

const inviteSchema = z.strictObject({
  device: z.string().transform((text, context): DeviceId => {
    const device = parseCredentialName(text);
    if (device !== undefined) return device;
    context.addIssue({ code: 'custom', message: `not a name for a phone; it has ${CREDENTIAL_NAME_RULE}` });
    return z.NEVER;
  }),
  replace: z.boolean().default(false).describe('The phone takes the place of another of that name'),
});

const invitationSchema = z
  .object({
    device: z.string(),
    token: z.string().describe('Told once'),
    path: z.string().describe('What a phone opens, below one of the addresses'),
    addresses: z.array(z.string()).describe('Where phones may reach the gateway; empty: this machine only'),
    expiresAtMs: z.number().describe('Epoch milliseconds'),
  })
  .meta({ id: 'Invitation' });

const invitationStateSchema = z
  .object({
    device: z.string(),
    state: z.enum(INVITATION_STATES).describe('joined: a phone used the invitation'),
  })
  .meta({ id: 'InvitationState' });

const joinedSchema = z
  .object({
    device: z.string(),
    mqtt: z.object({
      url: z.string().nullable().describe('MQTT over WebSocket; null: at `path` of this server'),
      path: z.string(),
      username: z.string(),
      password: z.string().nullable().describe('null: the broker asks nobody'),
    }),
    sensors: z.array(z.string()).describe('Sensors that the models in service look at'),
  })
  .meta({ id: 'Joined' });

/** `POST /v1/join-tokens` invites a phone, `POST /v1/join` lets it in. */
export function addJoinRoutes(app: HttpApp, { pairing, events }: HttpDependencies): void {
  app.post(
    '/v1/join-tokens',
    {
      config: {
        scope: 'admin',
        errors: { 409: 'The device has credentials already; `replace` gives it new ones' },
      },
      schema: {
        operationId: 'inviteDevice',
        summary: 'Make a token by which one phone may join, once and within minutes',
        tags: ['devices'],
        body: inviteSchema,
        response: { 201: jsonAnswer('The invitation', invitationSchema), ...problemAnswers },
      },
    },
    async ({ body: { device, replace }, socket }, reply) => {
      const { token, expiresAtMs } = await orConflict(pairing.invite(device, replace));
      const path = `/phone#${token}`;
      reply
        .code(201)
        .send({ device, token, path, addresses: [...pairing.addresses(socket.localPort)], expiresAtMs });
    },
  );

  app.get(
    '/v1/join-tokens/:id',
    {
      config: { scope: 'admin' },
      schema: {
        operationId: 'getInvitation',
        summary: 'Whether a phone has joined by the newest invitation of a device',
        tags: ['devices'],
        params: deviceParamsSchema,
        response: { 200: jsonAnswer('What became of it', invitationStateSchema), ...problemAnswers },
      },
    },
    ({ params: { id } }) => {
      const state = pairing.stateOf(id);
      if (state === undefined) throw new HttpProblem(404, `Nobody was invited as ${id} since the start`);
      return { device: id, state };
    },
  );

  app.post(
    '/v1/join',
    {
      config: {
        scope: 'open',
        errors: {
          403: refusalOf('unknown').message,
          409: 'The device has credentials already; ask for a new link',
          410: refusalOf('used').message,
          503: UNAVAILABLE.disk,
        },
      },
      schema: {
        operationId: 'joinAsDevice',
        summary: "Exchange an invitation for the phone's own credentials",
        tags: ['devices'],
        body: z.strictObject({ token: z.string().min(1).max(100) }),
        response: { 200: jsonAnswer('What the phone needs to stream', joinedSchema), ...problemAnswers },
      },
    },
    async ({ body: { token }, ip }) => {
      const outcome = await orConflict(pairing.redeem(token));
      if (outcome.kind !== 'joined') {
        const problem = refusalOf(outcome.kind);
        events.accessRefused({ status: problem.status, scope: 'join', address: ip });
        throw problem;
      }
      const { device, password = null, brokerUrl: url = null, sensors } = outcome.joined;
      return {
        device,
        mqtt: { url, path: MQTT_PATH, username: device, password },
        sensors: [...sensors],
      };
    },
  );
}

function refusalOf(kind: Exclude<JoinOutcome['kind'], 'joined'>): HttpProblem {
  switch (kind) {
    case 'unknown':
      return new HttpProblem(403, 'This link is not right, or the gateway was restarted; ask for a new one');
    case 'used':
      return new HttpProblem(410, 'This link was used already; each lets one phone in. Ask for a new one');
    case 'expired':
      return new HttpProblem(410, 'This link has expired; ask for a new one');
  }
}

async function orConflict<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'USAGE') throw new HttpProblem(409, error.message);
    throw error;
  }
}
