import { join } from 'node:path';
import { genesisOperations } from '@heddle/executor';
import { EMPTY_BYTES, hashHeader } from '@heddle/primitives';
import { type TemporaryDirectory, temporaryDirectory, transfer } from '@heddle/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ChainStore, createStore, openStore } from '../../src/chain/chain-store.ts';
import { heddleSource } from '../../src/execution/open-or-create-store.ts';
import { readChainGenesis } from '../../src/import/chain-genesis.ts';
import { createBlockImporter } from '../../src/import/block-importer.ts';
import { makeGenesis } from '../../src/genesis/make-genesis.ts';
import { ALICE, build, commitJob, openService, testSpec } from '../execution/execution-fixture.ts';
import { writeFileSync } from 'node:fs';

const STRANGER = `0x${'5a'.repeat(20)}` as const;
let folder: TemporaryDirectory;

beforeEach(() => {
  folder = temporaryDirectory('block-importer');
});

afterEach(() => folder.remove());
