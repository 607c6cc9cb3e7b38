import { connect } from '@nats-io/transport-node';
import { expect, it } from 'vitest';
import { escapeName, partitionOf } from '../../../src/cluster/partition.js';
import { parseDeviceId } from '../../../src/domain/ids.js';
import { startNats } from '../../helpers/start-nats.js';

it('a mapping of NATS puts each name into the partition that we do', async () => {
  const mapping = 'mappings: { "phones.*": "mapped.{{partition(64,1)}}.{{wildcard(1)}}" }';
  await using nats = await startNats({ config: [mapping] });
  const connection = await connect({ servers: [...nats.urls] });
  try {
    const names = Array.from({ length: 300 }, (_, index) => `phone.${index}:${'xyz'.repeat(index % 5)}`);
    const devices = names.map(parseDeviceId).filter((device) => device !== undefined);
    const messages = connection.subscribe('mapped.>', { max: devices.length });
    for (const device of devices) connection.publish(`phones.${escapeName(device)}`);
    const mapped: string[] = [];
    for await (const { subject } of messages) mapped.push(subject);
    expect(mapped).toEqual(
      devices.map((device) => `mapped.${partitionOf(device, 64)}.${escapeName(device)}`),
    );
  } finally {
    await connection.close();
  }
});
