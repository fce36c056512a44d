/**
 * What stands for iconv-lite in a bundle, whose tables are half a MB to parse at each cold start.
 *
 * mysql2 asks it for what Node's Buffer does not know by name. Our connections are utf8mb4, so rows never need it. What does
 * are the greeting, which is ASCII under the name `cesu8`, and the texts of errors: the server sends them in the connection's
 * character set, and mysql2 takes them for the server's default.
 */
import { StringDecoder } from 'node:string_decoder'

/** Decodes UTF-8 under whatever name. Never throws: MySQL cuts the texts of errors at a byte, which may be inside a character. */
export const getDecoder = (_encoding: string): StringDecoder => new StringDecoder('utf8')

/** @throws Error - always: what we send is UTF-8, which Buffer encodes. */
export function getEncoder(encoding: string): never {
  throw new Error(`nothing is sent in ${encoding}: see infra/bundle/iconv-lite.ts`)
}
