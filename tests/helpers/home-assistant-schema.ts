import { z } from 'zod';

// Written from https://www.home-assistant.io/integrations/mqtt/ (device discovery, abbreviations), …/binary_sensor.mqtt/,
// …/sensor.mqtt/, and the schema that Home Assistant itself checks with (core, components/mqtt/schemas.py).

const topic = z.string().regex(/^[^+#\0]+$/);
const template = z.string().regex(/^[^{]*(\{[{%].*[}%]\}[^{]*)+$/);

const common = {
  name: z.string().min(1),
  uniq_id: z.string().regex(/^[A-Za-z0-9_-]+$/),
  stat_t: topic,
  val_tpl: template,
  json_attr_t: topic.optional(),
  json_attr_tpl: template.optional(),
  ent_cat: z.enum(['diagnostic', 'config']).optional(),
};

const binarySensor = z.strictObject({
  p: z.literal('binary_sensor'),
  ...common,
  dev_cla: z
    .enum(['occupancy', 'presence', 'motion', 'sound', 'connectivity', 'running', 'problem', 'moving'])
    .optional(),
});

const sensor = z
  .strictObject({
    p: z.literal('sensor'),
    ...common,
    dev_cla: z.enum(['timestamp', 'duration', 'enum', 'battery']).optional(),
    stat_cla: z.enum(['measurement', 'total', 'total_increasing']).optional(),
    unit_of_meas: z.string().optional(),
    ops: z.array(z.string().min(1)).min(1).optional(),
  })
  .refine(({ dev_cla, stat_cla, unit_of_meas }) =>
    dev_cla === 'timestamp' ? stat_cla === undefined && unit_of_meas === undefined : true,
  )
  .refine(({ dev_cla, ops }) => (dev_cla === 'enum') === (ops !== undefined));

/** A component that is to be removed has a platform and nothing else. */
const removed = z.strictObject({ p: z.enum(['binary_sensor', 'sensor']) });

/** A device-based discovery message as Home Assistant takes it, of the parts that are used. */
export const homeAssistantDiscoverySchema = z
  .strictObject({
    dev: z.strictObject({
      ids: z.array(z.string().min(1)).min(1),
      name: z.string().min(1),
      mf: z.string(),
      mdl: z.string(),
      sw: z.string(),
    }),
    o: z.strictObject({ name: z.string().min(1), sw: z.string().optional(), url: z.url().optional() }),
    avty: z.array(z.strictObject({ t: topic })).min(1),
    qos: z.literal([0, 1, 2]),
    cmps: z.record(z.string(), z.union([removed, z.discriminatedUnion('p', [binarySensor, sensor])])),
  })
  .refine(({ cmps }) => {
    const ids = Object.values(cmps).flatMap((component) => ('uniq_id' in component ? component.uniq_id : []));
    return new Set(ids).size === ids.length;
  }, 'unique ids must be unique');

/** Topics at which Home Assistant looks for devices. */
export const DISCOVERY_TOPIC = /^homeassistant\/device\/[a-zA-Z0-9_-]+\/config$/;
