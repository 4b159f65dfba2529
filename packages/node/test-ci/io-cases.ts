import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RpcClient } from '@heddle/testkit';

/** A request of execution-apis' tests and the answer that it must have. */
export interface IoCase {
  readonly name: string;
  readonly request: string;
  readonly answer: unknown;
  /** Only the shape of the answer is fixed, not its values. */
  readonly isShapeOnly: boolean;
}

/** The cases of the methods in `folder`, whose files hold lines `>> request` and `<< answer`. */
export function readIoCases(folder: string, methods: readonly string[]): IoCase[] {
  return methods.flatMap((method) =>
    readdirSync(join(folder, method)).flatMap((file) => casesOf(`${method}/${file}`, join(folder, method, file))),
  );
}

function casesOf(name: string, file: string): IoCase[] {
  const lines = readFileSync(file, 'utf8').split('\n');
  const isShapeOnly = lines.some((line) => /^\/\/\s*speconly/i.test(line));
  return lines.flatMap((line, index) => {
    if (!line.startsWith('>> ')) return [];
    const answer: unknown = JSON.parse(lines[index + 1]?.replace(/^<< /, '') ?? 'null');
    return [{ name, request: line.slice(3), answer, isShapeOnly }];
  });
}

/** What `client`'s server answers, to be compared with the case's answer. */
export async function askCase(client: RpcClient, { request }: IoCase): Promise<unknown> {
  return JSON.parse((await client.post(request)).text);
}
