// Runs in a page: a browser as on iPhones, with no Generic Sensor API, and motion events fifty times a second once it was asked.
for (const name of ['Accelerometer', 'Gyroscope', 'Magnetometer']) Reflect.deleteProperty(globalThis, name);
let isAllowed = false;
globalThis.DeviceMotionEvent.requestPermission = () => {
  isAllowed = true;
  return Promise.resolve('granted');
};
let step = 0;
setInterval(() => {
  step += 1;
  if (!isAllowed) return;
  const event = new globalThis.DeviceMotionEvent('devicemotion', {
    accelerationIncludingGravity: { x: Math.sin(step / 7), y: Math.cos(step / 5), z: -9.8 },
    rotationRate: { alpha: 90 * Math.sin(step / 7), beta: 10, gamma: -10 },
    interval: 20,
  });
  globalThis.dispatchEvent(event);
}, 20);
