/** Which function a packaged stage calls for what, read from its template by ids alone. */
import * as z from 'zod'
import { ofType, type Packaged } from './stage.ts'

const Route = z.object({ ApiId: z.object({ Ref: z.string() }), RouteKey: z.string(), Target: z.unknown().optional() })
const Integration = z.object({ IntegrationUri: z.unknown() })

/** The routes of the HTTP API or of the WebSocket API: key → logical id of the function, if there is one. */
export function routesOf({ template }: Packaged, protocol: 'HTTP' | 'WEBSOCKET'): Map<string, string | undefined> {
  const apis = [...ofType(template, 'AWS::ApiGatewayV2::Api')].filter(([, api]) => api.ProtocolType === protocol)
  const integrations = ofType(template, 'AWS::ApiGatewayV2::Integration')
  const functions = [...ofType(template, 'AWS::Lambda::Function').keys()]
  const routes = [...ofType(template, 'AWS::ApiGatewayV2::Route').values()].map((properties) => Route.parse(properties))
  return new Map(
    routes
      .filter(({ ApiId }) => apis.some(([id]) => id === ApiId.Ref))
      .map(({ RouteKey, Target }) => {
        const integration = [...integrations].find(([id]) => names(Target, id))
        const uri = integration && Integration.parse(integration[1]).IntegrationUri
        return [RouteKey, functions.find((id) => names(uri, id))] as const
      }),
  )
}

/** Whether a value refers to a logical id, by Ref or by Fn::GetAtt. */
export function names(value: unknown, id: string): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (Reflect.get(value, 'Ref') === id) return true
  const attribute: unknown = Reflect.get(value, 'Fn::GetAtt')
  if (Array.isArray(attribute) && attribute[0] === id) return true
  return Object.values(value).some((part) => names(part, id))
}
