import type { Device } from '../client/client.js';
import { ScrollBox } from '../components/scroll-box.js';
import { formatClock, formatCount } from '../core/format.js';

/** How a device's data comes in. */
export function DeviceFacts({ device }: { readonly device: Device }) {
  const { sensors, delivery, samples, clock, platform } = device;
  return (
    <section class="card stack" aria-labelledby="facts">
      <h2 id="facts">Sensors and delivery</h2>
      <div class="facts">
        <ScrollBox label="Sensors table">
          <table>
            <thead>
              <tr>
                <th scope="col">Sensor</th>
                <th scope="col" class="number">
                  Rate
                </th>
                <th scope="col" class="number">
                  Samples
                </th>
              </tr>
            </thead>
            <tbody>
              {sensors.map(({ sensor, rateHz, samples: count }) => (
                <tr key={sensor}>
                  <td>{sensor}</td>
                  <td class="number">{Math.round(rateHz)} Hz</td>
                  <td class="number">{formatCount(count)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollBox>
        <dl>
          <dt>Sensor messages</dt>
          <dd>
            {formatCount(delivery.messages)} received, {formatCount(delivery.missing)} missing,{' '}
            {formatCount(delivery.duplicates)} twice, {formatCount(delivery.reordered)} out of order
          </dd>
          <dt>Samples</dt>
          <dd>
            {Object.entries(samples)
              .filter(([, count]) => count > 0)
              .map(([fate, count]) => `${formatCount(count)} ${fate}`)
              .join(', ')}
          </dd>
          <dt>Clock</dt>
          <dd>{formatClock(clock)}</dd>
          <dt>Platform</dt>
          <dd>{platform === null ? 'not known' : `${platform.name} (${platform.from})`}</dd>
        </dl>
      </div>
    </section>
  );
}
