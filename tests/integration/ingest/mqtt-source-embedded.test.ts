import { describeMqttSource } from './mqtt-source-contract.js';
import { describeSource } from './source-contract.js';
import { createEmbeddedBrokerWorld } from './source-world.js';

describeSource('mqtt source at the embedded broker, MQTT 3.1.1', () => createEmbeddedBrokerWorld(4));
describeSource('mqtt source at the embedded broker, MQTT 5', () => createEmbeddedBrokerWorld(5));
describeMqttSource('connection to the embedded broker, MQTT 3.1.1', () => createEmbeddedBrokerWorld(4));
describeMqttSource('connection to the embedded broker, MQTT 5', () => createEmbeddedBrokerWorld(5));
