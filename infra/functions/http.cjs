/** For serverless.yml: the framework takes variables from .cjs files, not from .ts files. */
module.exports = require('./http.ts')
