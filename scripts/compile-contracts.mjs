// Compiles packages/load/contracts/LoadToken.sol and rewrites the init code in packages/load/src/load-token.ts.
// Run it after the contract or a compiler version changes: node scripts/compile-contracts.mjs
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const solc = createRequire(join(root, 'package.json'))('solc');
const contracts = dirname(
  createRequire(join(root, 'packages/node/package.json')).resolve('@openzeppelin/contracts/package.json'),
);
const source = 'LoadToken.sol';
const target = join(root, 'packages/load/src/load-token.ts');

const input = {
  language: 'Solidity',
  sources: { [source]: { content: readFileSync(join(root, 'packages/load/contracts', source), 'utf8') } },
  settings: {
    optimizer: { enabled: true, runs: 200 },
    evmVersion: 'osaka',
    metadata: { bytecodeHash: 'none' },
    outputSelection: { '*': { '*': ['evm.bytecode.object'] } },
  },
};
const readImport = (path) => ({
  contents: readFileSync(path.replace('@openzeppelin/contracts', contracts), 'utf8'),
});
const output = JSON.parse(solc.compile(JSON.stringify(input), { import: readImport }));
const errors = (output.errors ?? []).filter(({ severity }) => severity === 'error');
if (errors.length > 0) {
  process.stderr.write(errors.map(({ formattedMessage }) => formattedMessage).join('\n'));
  process.exit(1);
}
const initCode = output.contracts[source].LoadToken.evm.bytecode.object;
const before = readFileSync(target, 'utf8');
const after = before.replace(/'0x[0-9a-f]{100,}'/, `'0x${initCode}'`);
writeFileSync(target, after);
process.stdout.write(after === before ? 'load-token.ts is current\n' : 'load-token.ts rewritten\n');
