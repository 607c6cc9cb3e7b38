import { describeSource } from './source-contract.js';
import { createEmbeddedSourceWorld } from './source-world.js';

describeSource('embedded source, MQTT 3.1.1', () => createEmbeddedSourceWorld(4));
describeSource('embedded source, MQTT 5', () => createEmbeddedSourceWorld(5));
