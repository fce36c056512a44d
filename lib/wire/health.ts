/** Health: the state of each dependency. */
import * as z from 'zod/mini'

const State = z.literal(['up', 'down'])

export const Health = z.object({ mysql: State, redis: State, kafka: State })
export type Health = z.infer<typeof Health>
