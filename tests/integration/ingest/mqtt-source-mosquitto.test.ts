import { describeMqttSource } from './mqtt-source-contract.js';
import { describeSource } from './source-contract.js';
import { createMosquittoWorld } from './source-world.js';

describeSource('mqtt source at mosquitto, MQTT 3.1.1', () => createMosquittoWorld(4));
describeSource('mqtt source at mosquitto, MQTT 5', () => createMosquittoWorld(5));
describeMqttSource('connection to mosquitto, MQTT 3.1.1', () => createMosquittoWorld(4));
describeMqttSource('connection to mosquitto, MQTT 5', () => createMosquittoWorld(5));
