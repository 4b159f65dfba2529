// A thread that does nothing but take snapshots: wherever it is ended, it is about to take one, or has just done so.

import { parentPort, workerData } from 'node:worker_threads';
import { openDatabase } from '@heddle/executor/store';
import { withoutCancellation } from '../../dist/threads/cancellation.js';

const { path, cancelState } = workerData;
const database = await openDatabase(path, { uncancelled: (act) => withoutCancellation(cancelState, act) });
parentPort.postMessage('ready');
for (;;) database.snapshot().close();
