/** What nothing here can prove; docs/check-deploy.md lists the same. */
export const onlyAnAccountShows = [
  'that MSK, the database proxy and the cache take the tokens that the clients sign, over TLS',
  'that functions inside the network reach the management endpoint of the WebSocket API over IPv6',
  'that AWS accepts the mappings: provisioned pollers of one group, with a failure destination',
  'that CloudFront hands an upgrade through to the WebSocket API',
  'that S3 takes an upload by a signed address through CloudFront, and refuses all others',
  'that the quotas of the account suffice: concurrency, new sockets a second, requests a second',
]
