// Runs the vendor's contentful-export or contentful-import, unchanged and with its own defaults, against the emulator.
// node contentful.mjs export|import NODE_MODULES HOST SPACE TOKEN FOLDER
// Files are transferred, drafts and archived entries exported. NODE_EXTRA_CA_CERTS names the emulator's certificate:
// the exporter downloads files by https alone.
import { createRequire } from 'node:module'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'

const [step, modules, host, spaceId, managementToken, folder] = process.argv.slice(2)
const require = createRequire(join(modules, 'x.js'))
const contentFile = join(folder, 'export.json')
const common = { managementToken, host, spaceId, useVerboseRenderer: true, includeExperienceOrchestration: false }

if (step === 'export') {
  mkdirSync(folder, { recursive: true })
  const choice = { includeDrafts: true, includeArchived: true, downloadAssets: true, saveFile: true }
  await require('contentful-export')({ ...common, ...choice, exportDir: folder, contentFile: 'export.json' })
} else {
  const files = { uploadAssets: true, assetsDirectory: folder, errorLogFile: join(folder, 'errors.json') }
  await require('contentful-import')({ ...common, ...files, hostUpload: host, contentFile })
}
