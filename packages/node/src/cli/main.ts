import { optimizeLaterAtFirst } from '../optimize-later.ts';
import { runProgram } from './program.ts';

// Whoever reads our output may go first (`npm start | head`): then there is nobody to tell.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

// Loaded by `heddle node` alone: the commands that only watch over processes need none of a node's libraries.
const code = await runProgram(process.argv.slice(2), {
  startNode: async (...start) => {
    optimizeLaterAtFirst();
    return (await import('../node.ts')).startNode(...start);
  },
});
process.exit(code);
