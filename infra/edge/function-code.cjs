/** For serverless.yml, whose variables would run a .js file instead of reading it. */
const { readFileSync } = require('node:fs')
const { join } = require('node:path')

module.exports = readFileSync(join(__dirname, 'viewer-request.js'), 'utf8')
