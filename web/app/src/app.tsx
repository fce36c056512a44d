import { lazy, Suspense } from 'react'
import { Redirect, Route, Switch } from 'wouter'
import { keyOf, useApp } from './model/state.ts'
import { Shell } from './views/shell.tsx'
import SignIn from './views/sign-in.tsx'
import ThreadView from './views/thread/thread.tsx'
import Welcome from './views/welcome.tsx'

const People = lazy(() => import('./views/people/people.tsx'))
const Settings = lazy(() => import('./views/settings/settings.tsx'))

/** Each first part of a path is known to the edge, too, which answers it with this page: infra/edge/viewer-request.js. */
export function App() {
  const isSignedIn = useApp(({ session }) => session !== undefined)
  return (
    <Switch>
      <Route path="/sign-in">{isSignedIn ? <Redirect to="/" /> : <SignIn />}</Route>
      <Route path="/sign-up">{isSignedIn ? <Redirect to="/" /> : <SignIn isNew />}</Route>
      {isSignedIn ? (
        <Route>
          <Shell>
            <Suspense>
              <Switch>
                <Route path="/" component={Welcome} />
                <Route path="/chat/:id">{({ id }) => <ThreadView conversationKey={keyOf(Number(id))} />}</Route>
                <Route path="/people" component={People} />
                <Route path="/settings/*?" component={Settings} />
                <Redirect to="/" />
              </Switch>
            </Suspense>
          </Shell>
        </Route>
      ) : (
        <Redirect to="/sign-in" />
      )}
    </Switch>
  )
}
