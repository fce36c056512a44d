/**
 * The headers that CloudFront adds to every reply, by the policies of infra/resources/edge.yml. One is left out: plain HTTP
 * must not ask for HTTPS (RFC 6797, section 7.2).
 */
const everywhere = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
}

/** Of the APIs, which serve no pages. What a function says of these itself counts. */
export const apiHeaders = {
  ...everywhere,
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
}

/** Of the pages in the bucket. The API page styles by attributes, and shows its icons as data. */
export const pageHeaders = {
  ...everywhere,
  'content-security-policy':
    "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'",
}
