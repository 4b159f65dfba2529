// Speaks a validator's messages to its supervisor without being one: makes a block every 20 ms. What STAND_IN_<folder>
// in the environment says makes it fail: `refuse` before it is ready, `crash` at once (until the file `cured` exists in
// its folder), `full` the same but saying that its disk is full, `hang` never gets ready. What it is told of faults it
// writes to its folder.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { basename, join } from 'node:path';

const folder = process.argv[process.argv.indexOf('--datadir') + 1];
const node = JSON.parse(readFileSync(join(folder, 'node.json'), 'utf8'));
const fault = process.env[`STAND_IN_${basename(folder).replace('-', '_')}`];

process.on('SIGINT', () => undefined);
process.on('disconnect', () => process.exit(0));
let number = 0;
writeFileSync(join(folder, 'faults-at-start.json'), process.env.HEDDLE_FAULTS);
process.on('message', ({ type, question, settings }) => {
  if (type === 'stop') process.exit(0);
  if (type === 'faults') writeFileSync(join(folder, 'faults.json'), JSON.stringify(settings));
  const status = { head: number, height: number + 1, round: 0, step: 'propose', peers: 1, isSyncing: false };
  if (type === 'status') process.send({ type, question, status });
});

if (fault === 'refuse') {
  fail('X', 'the database is corrupt', 'restore it');
} else if (fault === 'full' && !existsSync(join(folder, 'cured'))) {
  fail('STORE_UNWRITABLE', 'the disk is full', 'make room');
} else if (fault === 'crash' && !existsSync(join(folder, 'cured'))) {
  process.exit(3);
} else if (fault !== 'hang') {
  const server = createServer((_, response) => response.end(JSON.stringify(node)));
  server.listen(node.rpc.port, node.rpc.host, () => {
    const rpcUrl = `http://${node.rpc.host}:${server.address().port}`;
    const [p2pAddress] = [node.network.listen];
    process.send({ type: 'ready', rpcUrl, p2pAddress, peerId: '12D3KooWstandin', validator: undefined, headNumber: 0 });
    setInterval(() => {
      number += 1;
      const figures = { transactionCount: 0, gasUsed: 0n, executionMs: 1, reExecutions: 0, speedUpOn8: 0 };
      const summary = { number, hash: '0x', round: 0, limitedBy: undefined, ...figures };
      if (process.connected) process.send({ type: 'block', summary });
    }, 20);
  });
}

function fail(code, message, remedy) {
  process.send({ type: 'failed', code, message, remedy }, () => process.exit(1));
}
