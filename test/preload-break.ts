/** Preload of the process that bundles the functions: the break that BREAK names is in the bundles, too. */
import plugins from '../infra/bundle/plugins.ts'
import { broken } from './breaks.ts'

plugins.push(broken(process.env.BREAK))
