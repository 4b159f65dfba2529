// BLAKE2b's compression function for engines that are not in WebAssembly: a module and a memory of its own.
export { BLAKE2F_OUTPUT, begin, finish, mix } from "./compression";

/** Where the host lays the area: above the static data. */
export const AREA: usize = 4096;
