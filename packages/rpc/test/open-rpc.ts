import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fixtureFolder } from '@heddle/testkit';

/** What of JSON schema the published OpenRPC document uses. */
interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly pattern?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly not?: Schema;
}

interface OpenRpcDocument {
  readonly methods: readonly { readonly name: string; readonly result?: { readonly schema: Schema } }[];
  readonly components?: unknown;
}

/** Judges results by the OpenRPC document of the execution APIs. */
export interface OpenRpc {
  /** What is wrong with a result of `method`, undefined when nothing is or the document does not know the method. */
  complaint(method: string, result: unknown): string | undefined;
  knows(method: string): boolean;
}

/** The published document, undefined when the official data is not here. */
export function readOpenRpc(): OpenRpc | undefined {
  const folder = fixtureFolder('rpc');
  if (folder === undefined) return undefined;
  const file = join(folder, 'execution-apis', 'openrpc.json');
  const document = JSON.parse(readFileSync(file, 'utf8')) as OpenRpcDocument;
  const schemas = new Map(document.methods.map(({ name, result }) => [name, result?.schema]));
  return {
    knows: (method) => schemas.get(method) !== undefined,
    complaint(method, result) {
      const schema = schemas.get(method);
      return schema && judge(schema, result, method, document);
    },
  };
}

function judge(schema: Schema, value: unknown, path: string, document: OpenRpcDocument): string | undefined {
  if (schema.$ref !== undefined) return judge(resolve(document, schema.$ref), value, path, document);
  const inner = (part: Schema, of: unknown, at: string) => judge(part, of, at, document);
  if (schema.allOf) {
    const complaint = schema.allOf.map((part) => inner(part, value, path)).find((found) => found !== undefined);
    if (complaint) return complaint;
  }
  const choices = schema.oneOf ?? schema.anyOf;
  if (choices) {
    const complaints = choices.map((choice) => inner(choice, value, path));
    if (complaints.every((complaint) => complaint !== undefined))
      return `${path} fits no choice: ${complaints.join('; ')}`;
  }
  if (schema.not && inner(schema.not, value, path) === undefined) return `${path} is what it must not be`;
  if (schema.enum && !schema.enum.includes(value)) return `${path} is none of ${schema.enum.join(', ')}`;
  if (schema.const !== undefined && value !== schema.const) return `${path} is not ${schema.const}`;
  const types = schema.type === undefined ? undefined : [schema.type].flat();
  if (types && !types.some((type) => isOfType(value, type))) return `${path} is no ${types.join(' or ')}`;
  if (schema.pattern !== undefined && typeof value === 'string' && !new RegExp(schema.pattern).test(value)) {
    return `${path} (${value.slice(0, 80)}) does not match ${schema.pattern}`;
  }
  if (Array.isArray(value)) return judgeItems(schema, value, path, inner);
  return typeof value === 'object' && value !== null
    ? judgeObject(schema, value as Record<string, unknown>, path, inner)
    : undefined;
}

type Judge = (part: Schema, of: unknown, at: string) => string | undefined;

function judgeItems(schema: Schema, items: readonly unknown[], path: string, inner: Judge): string | undefined {
  for (const [index, item] of items.entries()) {
    const complaint = schema.items && inner(schema.items, item, `${path}[${index}]`);
    if (complaint) return complaint;
  }
  return undefined;
}

function judgeObject(schema: Schema, object: Record<string, unknown>, path: string, inner: Judge): string | undefined {
  for (const name of schema.required ?? []) if (!(name in object)) return `${path}.${name} is missing`;
  for (const [name, value] of Object.entries(object)) {
    const part = schema.properties?.[name];
    if (part === undefined && schema.additionalProperties === false) return `${path}.${name} is unknown`;
    const complaint = part && inner(part, value, `${path}.${name}`);
    if (complaint) return complaint;
  }
  return undefined;
}

function isOfType(value: unknown, type: string): boolean {
  if (type === 'null') return value === null;
  if (type === 'array') return Array.isArray(value);
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value);
  return typeof value === type;
}

function resolve(document: OpenRpcDocument, ref: string): Schema {
  let found: unknown = document;
  for (const part of ref.replace(/^#\//, '').split('/')) found = (found as Record<string, unknown>)[part];
  return found as Schema;
}
