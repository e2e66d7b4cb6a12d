import type { Socket } from 'node:net';
import { connect, type MqttClient } from 'mqtt';

/** Subscribes like every other MQTT client; connects again by itself. Messages that are no JSON are left out. */
export function subscribe(
  url: string,
  topics: readonly string[],
  onMessage: (topic: string, message: unknown) => void,
): MqttClient {
  const client = connect(url, { protocolVersion: 4, reconnectPeriod: 200, connectTimeout: 2000 });
  client.on('connect', () => {
    // Without it a small message waits for the acknowledgement of the one before.
    (client.stream as Socket).setNoDelay(true);
    client.subscribe([...topics]);
  });
  // MQTT.js tries again; until it succeeds the results expire, which is what this demo shows.
  client.on('error', () => undefined);
  client.on('message', (topic, payload) => {
    const message = parseJson(payload.toString());
    if (message !== undefined) onMessage(topic, message);
  });
  return client;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
