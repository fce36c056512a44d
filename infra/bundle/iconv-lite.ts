/**
 * Replaces iconv-lite in bundles: its tables are half a MB to parse at each cold start.
 *
 * mysql2 uses it for character sets that Node's Buffer does not know by name. Our connections are utf8mb4, so rows never
 * need it. Two things do: the greeting, which is ASCII but labelled `cesu8`; and the texts of errors, which the server sends
 * in the connection's character set, while mysql2 decodes them with the server's default.
 */
import { StringDecoder } from 'node:string_decoder'

/** Decodes as UTF-8, whatever the encoding. Never throws: MySQL truncates error texts by bytes, so a character may be cut. */
export const getDecoder = (_encoding: string): StringDecoder => new StringDecoder('utf8')

/** @throws Error - always: we send only UTF-8, which Buffer encodes. */
export function getEncoder(encoding: string): never {
  throw new Error(`cannot encode in ${encoding}: see infra/bundle/iconv-lite.ts`)
}
