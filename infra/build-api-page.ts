/** Writes the API page, Swagger UI with the generated description, and the page of the socket, as static files for /swagger. */
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { asyncApi } from '../lib/wire/asyncapi.ts'
import { openApi } from '../lib/wire/openapi.ts'
import { socketPage } from './socket-page.ts'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const target = join(root, '.build', 'swagger')
const swaggerUi = join(root, 'node_modules', 'swagger-ui-dist')
const assets = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png']

const page = `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>GoChat API</title>
  <link rel="stylesheet" href="swagger-ui.css">
  <link rel="icon" href="favicon-32x32.png">
</head>
<body>
  <div id="swagger-ui"></div>
  <script src="swagger-ui-bundle.js"></script>
  <script src="start.js"></script>
</body>
</html>
`

const start = `SwaggerUIBundle({
  url: 'openapi.json',
  dom_id: '#swagger-ui',
  deepLinking: true,
  docExpansion: 'list',
})
`

const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
const socket = asyncApi(version)
await mkdir(target, { recursive: true })
await Promise.all([
  ...assets.map((asset) => cp(join(swaggerUi, asset), join(target, asset))),
  writeFile(join(target, 'index.html'), page),
  writeFile(join(target, 'start.js'), start),
  writeFile(join(target, 'openapi.json'), JSON.stringify(openApi(version), null, 2)),
  writeFile(join(target, 'asyncapi.json'), JSON.stringify(socket, null, 2)),
  writeFile(join(target, 'ws.html'), socketPage(socket)),
  cp(join(root, 'infra', 'socket-page.css'), join(target, 'ws.css')),
])
