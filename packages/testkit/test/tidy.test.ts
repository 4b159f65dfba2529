import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PENDING } from './tidy/pending.ts';
import { readTree } from './tidy/read-tree.ts';
import { RULES } from './tidy/rules.ts';

const tree = readTree(join(import.meta.dirname, '..', '..', '..'));

describe('the house is tidy', () => {
  it('finds the sources', () => {
    expect(tree.files.length).toBeGreaterThan(100);
  });

  it.each(Object.entries(RULES))('%s', (_, rule) => {
    const findings = rule(tree)
      .filter(({ path, rule }) => !PENDING.has(`${rule} ${path}`))
      .map(({ path, line, message }) => `${path}:${line} ${message}`);
    expect(findings).toEqual([]);
  });
});
