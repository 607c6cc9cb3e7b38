import { z } from 'zod';

export const homeAssistant = z
  .strictObject({
    enabled: z.boolean().default(false).describe('Make devices known to Home Assistant over MQTT'),
    prefix: z
      .string()
      .regex(/^[A-Za-z0-9_-]+(\/[A-Za-z0-9_-]+)*$/, 'must be topic levels of A-Z a-z 0-9 _ -')
      .default('homeassistant')
      .describe('Discovery prefix that Home Assistant is set to'),
  })
  .prefault({})
  .describe('Devices and their statuses in Home Assistant');
