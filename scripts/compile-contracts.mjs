// Compiles the Solidity of this repository and rewrites what holds the result: the load generator's token in
// packages/load/src/load-token.ts, and what the benchmarks call in packages/executor/bench/contracts.json.
// Run it after a contract or a compiler version changes: node scripts/compile-contracts.mjs
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const solc = createRequire(join(root, 'package.json'))('solc');
const openZeppelin = dirname(
  createRequire(join(root, 'packages/node/package.json')).resolve('@openzeppelin/contracts/package.json'),
);

rewrite('packages/load/src/load-token.ts', (before) => {
  const { LoadToken } = compile('packages/load/contracts', 'LoadToken.sol');
  return before.replace(/'0x[0-9a-f]{100,}'/, `'0x${LoadToken.evm.bytecode.object}'`);
});
rewrite('packages/executor/bench/contracts.json', () => {
  const folder = 'packages/executor/bench/contracts';
  const made = readdirSync(join(root, folder)).flatMap((source) => Object.entries(compile(folder, source)));
  const codes = made.map(([name, { evm }]) => [name, `0x${evm.deployedBytecode.object}`]);
  return `${JSON.stringify(Object.fromEntries(codes.filter(([, code]) => code !== '0x')), null, 2)}\n`;
});

/** The contracts of one file by name. */
function compile(folder, source) {
  const input = {
    language: 'Solidity',
    sources: { [source]: { content: readFileSync(join(root, folder, source), 'utf8') } },
    settings: {
      optimizer: { enabled: true, runs: 200 },
      evmVersion: 'osaka',
      metadata: { bytecodeHash: 'none' },
      outputSelection: { '*': { '*': ['evm.bytecode.object', 'evm.deployedBytecode.object'] } },
    },
  };
  const readImport = (path) => ({
    contents: readFileSync(path.replace('@openzeppelin/contracts', openZeppelin), 'utf8'),
  });
  const output = JSON.parse(solc.compile(JSON.stringify(input), { import: readImport }));
  const errors = (output.errors ?? []).filter(({ severity }) => severity === 'error');
  if (errors.length > 0) {
    process.stderr.write(errors.map(({ formattedMessage }) => formattedMessage).join('\n'));
    process.exit(1);
  }
  return output.contracts[source];
}

function rewrite(file, change) {
  const path = join(root, file);
  const before = readFileSync(path, { encoding: 'utf8', flag: 'a+' });
  const after = change(before);
  if (after !== before) writeFileSync(path, after);
  process.stdout.write(`${file} ${after === before ? 'is current' : 'rewritten'}\n`);
}
