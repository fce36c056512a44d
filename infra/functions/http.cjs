/** For serverless.yml, whose variables can read a .cjs file but not a .ts file. */
module.exports = require('./http.ts')
