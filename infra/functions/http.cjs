/** For serverless.yml, whose variables can read a .cjs file but not a .ts file. */
const { functions, localFunctions } = require('./http.ts')

module.exports = async ({ resolveVariable }) => ({
  functions: (await resolveVariable('sls:stage')) === 'local' ? localFunctions : functions,
})
