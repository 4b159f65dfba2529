#!/usr/bin/env node
// Every Node since 12 must be able to read this file, to be told that it is too old: no static imports here, and no await
// outside of a function.
const OLDEST_NODE = [20, 19]; // as in the manifest's `engines`

const [major, minor] = process.versions.node.split('.').map(Number);
if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])) {
  start();
} else {
  const oldest = OLDEST_NODE.join('.');
  console.error(
    `heddle: this is Node ${process.versions.node}; Heddle needs ${oldest} or newer (install one from https://nodejs.org)`,
  );
  process.exitCode = 1;
}

async function start() {
  const { existsSync } = await import('node:fs');
  const main = new URL('../dist/cli/main.js', import.meta.url);
  if (existsSync(main)) {
    await import(main.href);
  } else {
    console.error('heddle: not built yet; run `npm run build` at the root of the repository');
    process.exitCode = 1;
  }
}
