// The test build of a faulty proposer: `sealHeader` as it is compiled, its result wrong by one in one field. Which
// field follows from the block's number, so that one devnet shows every fault.

const TARGET = '/dist/execution/child-header.js';
const HONEST = 'export function sealHeader(';

export async function load(url, context, nextLoad) {
  const loaded = await nextLoad(url, context);
  if (!url.endsWith(TARGET)) return loaded;
  const source = String(loaded.source);
  if (source.includes('sealHonestHeader')) return loaded; // another registration was here before
  if (!source.includes(HONEST)) throw new Error(`${url} does not export sealHeader: the test build cannot be made`);
  return { ...loaded, source: `${source.replace(HONEST, 'function sealHonestHeader(')}\n${sealHeader}\n${addOne}` };
}

const FIELDS = ['stateRoot', 'receiptsRoot', 'gasUsed'];

const sealHeader = `export function sealHeader(environment, timestampMs, result) {
  const header = sealHonestHeader(environment, timestampMs, result);
  const field = ${JSON.stringify(FIELDS)}[header.number % ${FIELDS.length}];
  return { ...header, [field]: addOne(header[field]) };
}`;

const addOne = `function addOne(value) {
  if (typeof value === 'bigint') return value + 1n;
  return '0x' + BigInt.asUintN(256, BigInt(value) + 1n).toString(16).padStart(64, '0');
}`;
