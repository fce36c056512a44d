import { lazy, type ReactNode, Suspense } from 'react'
import { Redirect, Route, Switch, useLocation } from 'wouter'
import { keyOf, useApp } from './model/state.ts'
import { FailureBoundary } from './views/failure-boundary.tsx'
import { Notices } from './views/notices.tsx'
import { Shell } from './views/shell.tsx'
import ThreadView from './views/thread/thread.tsx'
import Welcome from './views/welcome.tsx'

const SignIn = lazy(() => import('./views/sign-in.tsx'))
const CallView = lazy(() => import('./views/call/call.tsx'))
const People = lazy(() => import('./views/people/people.tsx'))
const Settings = lazy(() => import('./views/settings/settings.tsx'))

/** Each first part of a path is known to the edge, too, which answers it with this page: infra/edge/viewer-request.js. */
export function App() {
  return (
    <>
      <Views />
      <Notices />
      <Call />
    </>
  )
}

/** Loaded with the first call. */
function Call() {
  const isThere = useApp(({ call }) => call !== undefined)
  return (
    isThere && (
      <Suspense fallback={null}>
        <CallView />
      </Suspense>
    )
  )
}

function Views() {
  const isSignedIn = useApp(({ session }) => session !== undefined)
  const [path] = useLocation()
  return (
    <Switch>
      <Route path="/sign-in">
        <SignedOut path={path}>
          <SignIn />
        </SignedOut>
      </Route>
      <Route path="/sign-up">
        <SignedOut path={path}>
          <SignIn isNew />
        </SignedOut>
      </Route>
      {isSignedIn ? (
        <Route>
          <Shell>
            <Whole path={path}>
              <Switch>
                <Route path="/" component={Welcome} />
                <Route path={/^\/chat\/(?<id>[1-9]\d{0,15})\/?$/}>
                  {({ id }) => <ThreadView conversationKey={keyOf(Number(id))} />}
                </Route>
                <Route path={/^\/group\/(?<id>[1-9]\d{0,15})\/?$/}>
                  {({ id }) => <ThreadView conversationKey={keyOf(Number(id), 3)} />}
                </Route>
                <Route path="/people" component={People} />
                <Route path="/settings/*?" component={Settings} />
                <Redirect to="/" />
              </Switch>
            </Whole>
          </Shell>
        </Route>
      ) : (
        <Redirect to="/sign-in" />
      )}
    </Switch>
  )
}

function SignedOut({ path, children }: { path: string; children: ReactNode }) {
  const isSignedIn = useApp(({ session }) => session !== undefined)
  return isSignedIn ? <Redirect to="/" /> : <Whole path={path}>{children}</Whole>
}

/** A view that is loaded when it is needed, or what to do when it cannot be. */
function Whole({ path, children }: { path: string; children: ReactNode }) {
  return (
    <FailureBoundary path={path}>
      <Suspense fallback={<main aria-busy="true" />}>{children}</Suspense>
    </FailureBoundary>
  )
}
