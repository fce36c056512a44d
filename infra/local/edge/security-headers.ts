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

/** Of files that people send each other: a browser that shows one runs nothing in it. What the storage says of caching counts. */
export const fileHeaders = {
  ...everywhere,
  'cache-control': 'no-store',
  'content-security-policy': "sandbox; default-src 'none'",
}

/** Of the API page, which styles by attributes, and shows its icons as data. */
export const apiPageHeaders = {
  ...everywhere,
  'content-security-policy':
    "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'",
}

/**
 * Of the page. People send each other addresses of pictures, sounds and films; all else is its own. 'self' covers its socket,
 * too (CSP 3, section 6.7.2.8). Forms are sent by scripts: without them, a password must not go into an address.
 */
export const pageHeaders = {
  ...everywhere,
  'content-security-policy':
    "default-src 'self'; img-src 'self' https: http: data: blob:; media-src 'self' https: http: blob:; frame-src 'none'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'permissions-policy':
    'camera=(self), microphone=(self), accelerometer=(), display-capture=(), geolocation=(), gyroscope=(), hid=(), idle-detection=(), local-fonts=(), magnetometer=(), midi=(), payment=(), serial=(), usb=()',
}
