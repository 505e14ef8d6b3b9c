// Exports one emulated space with the vendor's contentful-export, and imports it into another with contentful-import.
// node move_space.mjs NODE_MODULES ORIGIN FROM TO TOKEN FOLDER      The packages are used unchanged. The exporter
// downloads files by https alone: ORIGIN is https, and NODE_EXTRA_CA_CERTS names the certificate of the emulator.
import { createRequire } from 'node:module'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const [modules, origin, from, to, token, folder] = process.argv.slice(2)
const require = createRequire(join(modules, 'x.js'))
const runExport = require('contentful-export')
const runImport = require('contentful-import')
const host = origin.replace('https://', '')
const common = { managementToken: token, host, useVerboseRenderer: true, includeExperienceOrchestration: false }

mkdirSync(folder, { recursive: true })
await runExport({
  ...common,
  spaceId: from,
  exportDir: folder,
  contentFile: 'export.json',
  includeDrafts: true,
  includeArchived: true,
  downloadAssets: true,
  saveFile: true,
})
const content = JSON.parse(readFileSync(join(folder, 'export.json'), 'utf8'))
await runImport({
  ...common,
  spaceId: to,
  hostUpload: host,
  content,
  uploadAssets: true,
  assetsDirectory: folder,
  errorLogFile: join(folder, 'errors.json'),
  rateLimit: 100,
})
console.log('moved')
