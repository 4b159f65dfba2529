/** Where the server writes what happens to it: a pino logger fits. Constant lower-case messages, data in fields. */
export interface RpcLog {
  error(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  info(fields: object, message: string): void;
  debug(fields: object, message: string): void;
}
