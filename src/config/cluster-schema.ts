import { z } from 'zod';

/** A partition's share of the log must hold at least one of the largest messages. */
const MIN_PARTITION_BYTES = 12_000_000;

const name = z
  .string()
  .regex(/^[A-Za-z0-9][\w.-]{0,63}$/, '1 to 64 of A-Z a-z 0-9 _ . -, starting with a letter or digit');

export const cluster = z
  .strictObject({
    servers: z
      .array(z.url({ protocol: /^(nats|tls)$/, error: 'must be URLs: nats:// or tls://' }))
      .default([])
      .describe('Addresses of NATS servers, 2.10.27 or newer, of which some answer; without any, no cluster'),
    name: name
      .default('alongside')
      .describe('Of the cluster: a gateway does not join one of another name; two need a NATS account each'),
    gateway: name
      .optional()
      .describe('Of this gateway, unlike that of any other; by default the name of the machine'),
    partitions: z
      .int()
      .min(1)
      .max(1024)
      .default(64)
      .describe('Parts that devices are divided into, each of one gateway at a time; for life'),
    replicas: z
      .union([z.literal(1), z.literal(3), z.literal(5)])
      .default(3)
      .describe('Servers that keep each message; 1 loses messages with its server'),
    logBytes: z
      .int()
      .positive()
      .default(10_000_000_000)
      .describe('Messages that wait for their results to be stored, bytes; each server reserves as much'),
    username: z.string().optional().describe('User at the NATS servers'),
    password: z.string().optional().describe('Its password; passwordFile shows it to fewer people'),
    passwordFile: z.string().optional().describe('File whose first line is the password'),
    tls: z
      .strictObject({
        caFile: z.string().optional().describe('Certificate authority to trust, PEM'),
        certFile: z.string().optional().describe('Own certificate, PEM'),
        keyFile: z.string().optional().describe('Its key, PEM'),
      })
      .optional()
      .describe('TLS towards the NATS servers'),
  })
  .prefault({})
  .describe('Gateways that share phones over NATS JetStream');

/** What of a cluster each setting alone allows but all together do not. */
export function clusterProblems(
  { servers, partitions, logBytes, tls }: z.infer<typeof cluster>,
  storeType: string,
): string[] {
  const problems: string[] = [];
  if (servers.some((server) => server.includes('@'))) {
    problems.push('cluster.servers: addresses hold no user: set cluster.username and cluster.passwordFile');
  }
  if (logBytes < partitions * MIN_PARTITION_BYTES) {
    problems.push(
      `cluster.logBytes: must be at least ${partitions * MIN_PARTITION_BYTES} with cluster.partitions=${partitions}, so that each holds the largest message`,
    );
  }
  if ((tls?.certFile === undefined) !== (tls?.keyFile === undefined)) {
    problems.push('cluster.tls: certFile and keyFile go together');
  }
  if (servers.length > 0 && storeType !== 'influxdb') {
    problems.push(
      'store.type: must be influxdb in a cluster (cluster.servers), whose gateways share one store',
    );
  }
  return problems;
}
