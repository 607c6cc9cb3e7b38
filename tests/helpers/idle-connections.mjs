// Opens connections to ports of this machine, from many of its addresses, says nothing on them, and keeps them open until
// its standard input ends: node idle-connections.mjs COUNT PORT… prints one line of JSON once all have been opened.
import { connect } from 'node:net';

const [count = 0, ...ports] = process.argv.slice(2).map(Number);
/** Each address has some 28,000 ports of its own to connect from. */
const ADDRESSES = 50;
const AT_ONCE = 200;

const totals = { opened: 0, failed: 0, closed: 0 };

function open(index) {
  return new Promise((resolve) => {
    const socket = connect({
      host: '127.0.0.1',
      port: ports[index % ports.length],
      localAddress: `127.0.1.${(index % ADDRESSES) + 1}`,
    });
    socket.once('connect', () => {
      totals.opened += 1;
      resolve();
    });
    socket.once('error', () => {
      if (socket.connecting) totals.failed += 1;
      resolve();
    });
    socket.once('close', () => {
      totals.closed += 1;
      resolve();
    });
    socket.resume();
  });
}

for (let index = 0; index < count; index += AT_ONCE) {
  const batch = Math.min(AT_ONCE, count - index);
  await Promise.all(Array.from({ length: batch }, (_, offset) => open(index + offset)));
}
process.stdout.write(`${JSON.stringify(totals)}\n`);
process.stdin.once('end', () => process.exit(0)).resume();
