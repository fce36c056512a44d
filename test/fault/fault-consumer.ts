/** Faults of the consumer and of the mapping that invokes it. */
import { type Fault, onNext } from './fault.ts'
import type { Stage } from './stage.ts'

const passCommits = ({ network }: Stage): void => network.commits.disarm()
const passPosts = ({ posts }: Stage): void => posts.rule(undefined)
const passInvocations = ({ invocations }: Stage): void => invocations.rule(undefined)

function crash({ consumer }: Stage, done: () => void): void {
  consumer.crash()
  done()
}

export const consumerFaults: readonly Fault[] = [
  onNext(
    'consumer killed between receive and commit',
    1_000,
    ({ stage }, done) => stage.network.commits.beforeCommit(() => crash(stage, done)),
    passCommits,
  ),
  onNext(
    'consumer killed after the commit, before it knows',
    1_000,
    ({ stage }, done) => stage.network.commits.afterCommit(() => crash(stage, done)),
    passCommits,
  ),
  onNext(
    'consumer killed between commit and posts',
    1_000,
    ({ stage }, done) => {
      let isArmed = true
      stage.posts.rule(async (_url, pass) => {
        if (!isArmed) return await pass()
        isArmed = false
        crash(stage, done)
        return undefined
      })
    },
    passPosts,
  ),
  onNext(
    'batch redelivered after its success',
    200,
    ({ stage, random }, done) =>
      stage.invocations.rule(async (_url, pass) => {
        const passed = await pass()
        if (passed.headers['x-amz-function-error'] || !random.chance(0.3)) return passed
        done()
        const error = Buffer.from('{"errorMessage":"the answer was lost"}')
        return { ...passed, headers: { ...passed.headers, 'x-amz-function-error': 'Unhandled' }, body: error }
      }),
    passInvocations,
  ),
  onNext(
    'batch delivered twice at once',
    200,
    ({ stage }, done) =>
      stage.invocations.rule(async (_url, pass) => {
        const [first] = await Promise.all([pass(), pass()])
        done()
        return first
      }),
    passInvocations,
  ),
]
