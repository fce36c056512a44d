/** Faults of the consumer and of the mapping that invokes it. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Fault, type Strike, until } from './episode.ts'

const passesWithinMs = 10_000

/** Waits until something passes by at which the fault strikes. */
async function struckAt({ struck }: Strike, arm: (strike: () => void) => void, disarm: () => void): Promise<void> {
  let hasStruck = false
  arm(() => {
    hasStruck = true
    struck()
  })
  await until(() => hasStruck, passesWithinMs)
  disarm()
}

export const consumerFaults: readonly Fault[] = [
  {
    name: 'consumer killed between receive and commit',
    pauseMs: 1_000,
    inject: (strike) =>
      struckAt(
        strike,
        (note) =>
          strike.stage.commits.beforeCommit(() => {
            strike.stage.consumer.crash()
            note()
          }),
        () => strike.stage.commits.disarm(),
      ),
  },
  {
    name: 'consumer killed after the commit, before it knows',
    pauseMs: 1_000,
    inject: (strike) =>
      struckAt(
        strike,
        (note) =>
          strike.stage.commits.afterCommit(() => {
            strike.stage.consumer.crash()
            note()
          }),
        () => strike.stage.commits.disarm(),
      ),
  },
  {
    name: 'consumer killed between commit and posts',
    pauseMs: 1_000,
    inject: (strike) =>
      struckAt(
        strike,
        (note) => {
          let isArmed = true
          strike.stage.posts.rule(async (_url, pass) => {
            if (!isArmed) return await pass()
            isArmed = false
            strike.stage.consumer.crash()
            note()
            return undefined
          })
        },
        () => strike.stage.posts.rule(undefined),
      ),
  },
  {
    name: 'batch redelivered after its success',
    pauseMs: 200,
    inject: (strike) =>
      struckAt(
        strike,
        (note) => {
          strike.stage.invocations.rule(async (_url, pass) => {
            const passed = await pass()
            if (passed.headers['x-amz-function-error'] || !strike.random.chance(0.3)) return passed
            note()
            const error = Buffer.from('{"errorMessage":"the answer was lost"}')
            return { ...passed, headers: { ...passed.headers, 'x-amz-function-error': 'Unhandled' }, body: error }
          })
        },
        () => strike.stage.invocations.rule(undefined),
      ),
  },
  {
    name: 'batch delivered twice at once',
    pauseMs: 200,
    inject: (strike) =>
      struckAt(
        strike,
        (note) => {
          strike.stage.invocations.rule(async (_url, pass) => {
            const [first] = await Promise.all([pass(), pass(), sleep(1)])
            note()
            return first
          })
        },
        () => strike.stage.invocations.rule(undefined),
      ),
  },
]
