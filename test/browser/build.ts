/** Builds the page with the line broken that BREAK names; whole without it. A broken one counts as built until somebody builds it again. */
import { build } from '../../web/app/build.ts'
import { applied } from '../breaks.ts'

await build([applied(process.env.BREAK)])
