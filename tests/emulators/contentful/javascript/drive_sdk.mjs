// Drives the vendor's JavaScript SDK, unchanged, against an emulated space, and prints a line of JSON for each step.
// node drive_sdk.mjs NODE_MODULES ORIGIN SPACE ORGANIZATION TOKEN      The space is empty; its locale is en-US.
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { join } from 'node:path'

const [modules, origin, spaceId, organizationId, token] = process.argv.slice(2)
const sdk = createRequire(join(modules, 'x.js'))('contentful-management')
const host = origin.replace('http://', '')
const options = { accessToken: token, host, hostUpload: host, insecure: true, retryOnError: false, timeout: 20000 }
const client = (more = {}) =>
  sdk.createClient(options, { type: 'plain', defaults: { spaceId, environmentId: 'master', organizationId, ...more } })
const cma = client()
const fast = { initialDelayMs: 10, retryIntervalMs: 10 }

const link = (linkType, id) => ({ sys: { type: 'Link', linkType, id } })
const array = (items) => ({ sys: { type: 'Array' }, items })
const ids = (answer) => answer.items.map((row) => row.sys.id).sort()
const text = (words, more = {}) => ({ title: { 'en-US': words, ...more } })
const entry = async (entryId, words) =>
  cma.entry.createWithId({ entryId, contentTypeId: 'page' }, { fields: text(words) })
const refused = async (work, status) => {
  const error = await work().then(() => assert.fail('was not refused'), (reason) => reason)
  assert.equal(JSON.parse(error.message).status, status, error.message)
}
const ended = async (look) => {
  for (let n = 0; n < 50; n += 1) {
    const action = await look()
    if (['succeeded', 'failed'].includes(action.sys.status)) return action
  }
  return assert.fail('it never ends')
}
const releaseAction = (releaseId, action) => ended(() => cma.releaseAction.get({ releaseId, actionId: action.sys.id }))

const STEPS = {
  async 'space, environments and aliases' () {
    const space = await cma.space.get({})
    assert.equal(space.sys.organization.sys.id, organizationId)
    await cma.environment.createWithId({ environmentId: 'copy', sourceEnvironmentId: 'master' }, { name: 'copy' })
    await cma.environmentAlias.createWithId({ environmentAliasId: 'live' }, { environment: link('Environment', 'copy') })
    const found = await cma.environment.get({ environmentId: 'live' })
    assert.equal(found.sys.aliasedEnvironment.sys.id, 'copy')
    assert.deepEqual(ids(await cma.environment.getMany({})), ['copy', 'live', 'master'])
  },
  async 'locales' () {
    const made = await cma.locale.create({}, { name: 'German', code: 'de', fallbackCode: 'en-US' })
    const changed = await cma.locale.update({ localeId: made.sys.id }, { ...made, name: 'Deutsch' })
    assert.equal(changed.name, 'Deutsch')
    assert.equal((await cma.locale.getMany({})).items.length, 2)
  },
  async 'tags' () {
    await cma.tag.createWithId({ tagId: 'sail' }, { name: 'Sail', sys: { visibility: 'public' } })
    const tag = await cma.tag.get({ tagId: 'sail' })
    assert.equal(tag.sys.visibility, 'public')
    assert.equal((await cma.tag.update({ tagId: 'sail' }, { ...tag, name: 'Sails' })).name, 'Sails')
  },
  async 'content types and editor interfaces' () {
    const fields = [
      { id: 'title', name: 'Title', type: 'Symbol', localized: true, required: false },
      { id: 'near', name: 'Near', type: 'Link', linkType: 'Entry', localized: false, required: false },
      { id: 'old', name: 'Old', type: 'Symbol', localized: false, required: false },
    ]
    const made = await cma.contentType.createWithId({ contentTypeId: 'page' }, { name: 'Page', displayField: 'title', fields })
    await cma.contentType.publish({ contentTypeId: 'page' }, made)
    const type = await cma.contentType.get({ contentTypeId: 'page' })
    await cma.contentType.omitAndDeleteField({ contentTypeId: 'page' }, type, 'old')
    const kept = await cma.contentType.publish({ contentTypeId: 'page' }, await cma.contentType.get({ contentTypeId: 'page' }))
    assert.deepEqual(kept.fields.map((one) => one.id), ['title', 'near'])
    const [face] = (await cma.editorInterface.getMany({})).items
    assert.equal((await cma.editorInterface.update({ contentTypeId: 'page' }, face)).sys.version, 2)
    assert.deepEqual(ids(await cma.contentType.getManyWithCursor({ query: { limit: 10 } })), ['page'])
  },
  async 'entries: written, patched, published by locale, archived' () {
    let home = await cma.entry.createWithId({ entryId: 'home', contentTypeId: 'page' }, {
      fields: text('Hello', { de: 'Hallo' }), metadata: { tags: [link('Tag', 'sail')] },
    })
    home = await cma.entry.patch({ entryId: 'home', version: 1 }, [{ op: 'replace', path: '/fields/title/en-US', value: 'Hi' }])
    home = await cma.entry.publish({ entryId: 'home', locales: ['en-US'] }, home)
    assert.deepEqual(home.sys.fieldStatus, { '*': { 'en-US': 'published', de: 'draft' } })
    home = await cma.entry.publish({ entryId: 'home', locales: ['de'] }, home)
    home = await cma.entry.unpublish({ entryId: 'home', locales: ['en-US'] }, home)
    assert.deepEqual(home.sys.fieldStatus, { '*': { 'en-US': 'draft', de: 'published' } })
    assert.deepEqual((await cma.entry.getPublished({})).items[0].fields, { title: { de: 'Hallo' } })
    await cma.entry.unpublish({ entryId: 'home' })
    home = await cma.entry.archive({ entryId: 'home' })
    await refused(() => cma.entry.update({ entryId: 'home' }, home), 400)
    await cma.entry.unarchive({ entryId: 'home' })
    await entry('away', 'Away')
    const found = await cma.entry.getMany({ query: { 'sys.id[in]': 'home,away', select: 'sys', order: 'sys.id' } })
    assert.deepEqual(Object.keys(found.items[0]), ['sys'])
    const page = await cma.entry.getManyWithCursor({ query: { limit: 1, order: 'sys.id' } })
    const next = await cma.entry.getManyWithCursor({ query: { limit: 1, order: 'sys.id', pageNext: page.pages.next } })
    assert.deepEqual([...ids(page), ...ids(next)], ['away', 'home'])
    assert.equal((await cma.snapshot.getManyForEntry({ entryId: 'home' })).items.length, 2)
  },
  async 'assets' () {
    const file = { 'en-US': { contentType: 'text/plain', fileName: 'a.txt', file: 'the bytes' } }
    const fields = { title: { 'en-US': 'A' }, description: { 'en-US': '' }, file }
    const made = await cma.asset.createFromFiles({}, { fields })
    const done = await cma.asset.processForAllLocales({}, made, { processingCheckWait: 10 })
    assert.equal(done.fields.file['en-US'].details.size, 9)
    const bytes = await fetch(`http:${done.fields.file['en-US'].url}`)
    assert.equal(await bytes.text(), 'the bytes')
    await cma.asset.publish({ assetId: done.sys.id }, done)
    assert.deepEqual(ids(await cma.asset.getPublished({})), [done.sys.id])
    await cma.asset.unpublish({ assetId: done.sys.id })
    await cma.asset.archive({ assetId: done.sys.id })
    await cma.asset.unarchive({ assetId: done.sys.id })
  },
  async 'bulk actions' () {
    const items = (await cma.entry.getMany({})).items.map((one) => ({
      sys: { type: 'Link', linkType: 'Entry', id: one.sys.id, version: one.sys.version },
    }))
    const begun = await cma.bulkAction.publish({}, { entities: array(items) })
    assert.equal((await ended(() => cma.bulkAction.get({ bulkActionId: begun.sys.id }))).sys.status, 'succeeded')
    const links = items.map((one) => link('Entry', one.sys.id))
    const taken = await cma.bulkAction.unpublish({}, { entities: array(links) })
    await ended(() => cma.bulkAction.get({ bulkActionId: taken.sys.id }))
    const [first] = (await cma.entry.getMany({ query: { 'sys.id': 'home' } })).items
    const entity = { sys: { type: 'Link', linkType: 'Entry', id: 'home', version: first.sys.version } }
    const second = await cma.bulkAction.publishV2({}, { action: 'publish', entities: [{ entity, add: { fields: { '*': ['de'] } } }] })
    assert.equal((await ended(() => cma.bulkAction.getV2({ bulkActionId: second.sys.id }))).sys.status, 'succeeded')
    assert.equal((await cma.entry.get({ entryId: 'home' })).sys.fieldStatus['*'].de, 'published')
  },
  async 'Launch releases' () {
    const made = await cma.release.create({}, { title: 'Launch', entities: array([link('Entry', 'away')]) })
    const releaseId = made.sys.id
    assert.equal((await releaseAction(releaseId, await cma.release.validate({ releaseId }))).sys.status, 'succeeded')
    const published = await cma.release.publish({ releaseId, version: made.sys.version })
    assert.equal((await releaseAction(releaseId, published)).sys.status, 'succeeded')
    const { sys } = await cma.release.get({ releaseId })
    const taken = await cma.release.unpublish({ releaseId, version: sys.version })
    await releaseAction(releaseId, taken)
    const actions = await cma.releaseAction.getMany({ query: { 'sys.release.sys.id[in]': releaseId, action: 'validate' } })
    assert.equal(actions.items.length, 1)
    const archived = await cma.release.archive({ releaseId, version: (await cma.release.get({ releaseId })).sys.version })
    await cma.release.unarchive({ releaseId, version: archived.sys.version })
    await cma.release.delete({ releaseId })
    await refused(() => cma.release.get({ releaseId }), 404)
  },
  async 'Timeline releases, and what they hold' () {
    const timeline = client({ releaseSchemaVersion: 'Release.v2' })
    const all = { add: { fields: { '*': ['en-US', 'de'] } }, remove: { fields: { '*': [] } } }
    const made = await timeline.release.create({}, { title: 'Timeline', entities: array([{ entity: link('Entry', 'away'), ...all }]) })
    assert.equal(made.sys.schemaVersion, 'Release.v2')
    const releaseId = made.sys.id
    const copy = await cma.release.entry.get({ releaseId, entryId: 'away' })
    const changed = await cma.release.entry.update({ releaseId, entryId: 'away' }, { sys: copy.sys, fields: text('Later') })
    await cma.release.entry.patch({ releaseId, entryId: 'away', version: changed.sys.version }, [
      { op: 'replace', path: '/fields/title/en-US', value: 'Much later' },
    ])
    await cma.release.entry.createWithId({ releaseId, entryId: 'own', contentTypeId: 'page' }, { fields: text('Own') })
    assert.deepEqual(ids(await cma.release.entry.getMany({ releaseId })), ['away', 'own'])
    const found = await timeline.release.query({ query: { 'title[match]': 'Time', 'entities[exists]': true } })
    assert.deepEqual([ids(found), found.pages], [[releaseId], {}])
    const { sys } = await cma.release.get({ releaseId })
    await releaseAction(releaseId, await cma.release.publish({ releaseId, version: sys.version }))
    assert.equal((await cma.release.get({ releaseId })).sys.status, 'archived')
    assert.equal((await cma.entry.get({ entryId: 'away' })).fields.title['en-US'], 'Much later')
  },
  async 'scheduled actions' () {
    const datetime = new Date(Date.now() + 3600000).toISOString()
    const made = await cma.scheduledActions.create({}, {
      entity: link('Entry', 'home'), environment: link('Environment', 'master'), action: 'publish', scheduledFor: { datetime },
    })
    const scheduledActionId = made.sys.id
    const { sys, ...rest } = made
    const later = { ...rest, scheduledFor: { datetime, timezone: 'Europe/Berlin' } }
    const moved = await cma.scheduledActions.update({ scheduledActionId, version: sys.version }, later)
    assert.equal(moved.scheduledFor.timezone, 'Europe/Berlin')
    const listed = await cma.scheduledActions.getMany({ query: { 'environment.sys.id': 'master', 'sys.status': 'scheduled' } })
    assert.deepEqual(ids(listed), [scheduledActionId])
    assert.equal((await cma.scheduledActions.delete({ scheduledActionId, environmentId: 'master' })).sys.status, 'canceled')
  },
  async 'webhooks, roles, API keys' () {
    await cma.webhook.create({}, { name: 'Hook', url: 'https://hook.invalid/', topics: ['*.*'], headers: [] })
    const role = await cma.role.createWithId({ roleId: 'author' }, { name: 'Author', permissions: {}, policies: [] })
    assert.equal((await cma.role.update({ roleId: 'author' }, { ...role, name: 'Writer' })).name, 'Writer')
    const key = await cma.apiKey.create({}, { name: 'Site', environments: [link('Environment', 'master')] })
    assert.ok(key.accessToken)
    assert.equal((await cma.previewApiKey.getMany({})).items.length, 1)
  },
  async 'taxonomy' () {
    await cma.concept.createWithId({ conceptId: 'boats' }, { prefLabel: { 'en-US': 'Boats' } })
    const related = [link('TaxonomyConcept', 'boats')]
    await cma.concept.create({}, { prefLabel: { 'en-US': 'Dinghy' }, broader: related })
    const page = await cma.concept.getMany({ query: { limit: 1 } })
    const next = await cma.concept.getMany({ query: { pageUrl: page.pages.next } })
    assert.equal(page.items.length + next.items.length, 2)
    const concepts = [link('TaxonomyConcept', 'boats')]
    await cma.conceptScheme.createWithId({ conceptSchemeId: 'craft' }, { prefLabel: { 'en-US': 'Craft' }, concepts, topConcepts: concepts })
    assert.deepEqual((await cma.concept.get({ conceptId: 'boats' })).conceptSchemes, [link('TaxonomyConceptScheme', 'craft')])
    assert.equal((await cma.concept.getTotal({})).total, 2)
  },
  async 'workflows, tasks, comments' () {
    const appliesTo = [{ type: 'Link', linkType: 'Entry', validations: [{ linkContentType: ['page'] }] }]
    const made = await cma.workflowDefinition.create({}, { name: 'Review', steps: [{ name: 'One' }, { name: 'Two' }], appliesTo })
    const flow = await cma.workflow.create({}, { entity: link('Entry', 'home'), workflowDefinition: link('WorkflowDefinition', made.sys.id) })
    const workflowId = flow.sys.id
    const moved = await cma.workflow.update({ workflowId }, { stepId: made.steps[1].id, sys: { version: flow.sys.version } })
    assert.equal(moved.stepId, made.steps[1].id)
    const user = await cma.user.getCurrent()
    const task = await cma.task.create({ entryId: 'home' }, { body: 'Look', status: 'active', assignedTo: link('User', user.sys.id) })
    assert.deepEqual(ids(await cma.task.getMany({ entryId: 'home' })), [task.sys.id])
    const first = await cma.comment.create({ entryId: 'home' }, { body: 'Nice' })
    await cma.comment.create({ entryId: 'home', parentCommentId: first.sys.id }, { body: 'Thanks' })
    const rich = await cma.comment.getMany({ entryId: 'home', bodyFormat: 'rich-text' })
    assert.deepEqual(rich.items.map((one) => one.body.nodeType), ['document', 'document'])
    await cma.workflow.complete({ workflowId, version: moved.sys.version })
  },
  async 'apps, extensions, ui config' () {
    await refused(() => cma.appInstallation.upsert({ appDefinitionId: 'market' }, {}), 403)
    await cma.appInstallation.upsert({ appDefinitionId: 'market', acceptAllTerms: true }, { parameters: { a: 1 } })
    assert.equal((await cma.appInstallation.getMany({})).items[0].parameters.a, 1)
    await cma.extension.createWithId({ extensionId: 'map' }, { extension: { name: 'Map', src: 'https://map.invalid', fieldTypes: [] } })
    const config = await cma.uiConfig.get({})
    const home = { widgetId: 'a', widgetNamespace: 'app' }
    assert.deepEqual((await cma.uiConfig.update({}, { ...config, homeViews: [home] })).homeViews, [home])
  },
}

let failed = 0
for (const [step, work] of Object.entries(STEPS)) {
  const error = await work().then(() => '', (reason) => String(reason.stack ?? reason))
  failed += error ? 1 : 0
  console.log(JSON.stringify({ step, error }))
}
process.exit(failed ? 1 : 0)
