// Runs a program for the build and test scripts: plain Node, since nothing is installed or compiled yet.
import { spawn } from 'node:child_process';

/** How a program ended. `output` is what it printed when it was not shown; at most the last 200,000 characters. */
/** @typedef {{ code: number, output: string, timedOut: boolean }} CommandResult */

const KEPT_CHARACTERS = 200_000;

/**
 * Runs `command` with `args` to its end. Without `show` its output is kept; with it, it goes to the terminal.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, show?: boolean, env?: NodeJS.ProcessEnv, timeoutMs?: number }} options
 * @returns {Promise<CommandResult>}
 */
export function runCommand(command, args, { cwd, show = false, env = process.env, timeoutMs } = {}) {
  return new Promise((resolve) => {
    // npm and npx are .cmd files on Windows, which start through a shell only.
    const shell = process.platform === 'win32' && (command === 'npm' || command === 'npx');
    const stdio = ['ignore', show ? 'inherit' : 'pipe', show ? 'inherit' : 'pipe'];
    const child = spawn(command, args, { cwd, env, shell, stdio });
    let output = '';
    let timedOut = false;
    const keep = (chunk) => {
      output = (output + chunk).slice(-KEPT_CHARACTERS);
    };
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    const limit =
      timeoutMs === undefined
        ? undefined
        : setTimeout(() => {
            timedOut = true;
            child.kill('SIGTERM');
            setTimeout(() => child.kill('SIGKILL'), 10_000).unref();
          }, timeoutMs);
    const end = (code, text = '') => {
      clearTimeout(limit);
      resolve({ code, output: output + text, timedOut });
    };
    child.once('error', (error) => end(127, `${command}: ${error.message}\n`));
    child.once('close', (code) => end(timedOut ? 124 : (code ?? 1)));
  });
}

/** The same for a program that Node runs. */
export function runNode(script, args, options) {
  return runCommand(process.execPath, [script, ...args], options);
}
