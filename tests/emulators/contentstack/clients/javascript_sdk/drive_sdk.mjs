// Drives the vendor's JavaScript SDK, unchanged, against an emulated stack, and prints a line of JSON for each step.
// node drive_sdk.mjs NODE_MODULES ORIGIN API_KEY TOKEN      The stack is empty, its master language is en-us.
import assert from 'node:assert/strict'
import { writeFileSync, mkdtempSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const [modules, origin, apiKey, token] = process.argv.slice(2)
const sdk = createRequire(join(modules, 'x.js'))('@contentstack/management')
const client = (headers) => sdk.client({ endpoint: `${origin}/v3`, retryOnError: false, timeout: 20000, ...headers })
const stack = client({}).stack({ api_key: apiKey, management_token: token })
const folder = mkdtempSync(join(tmpdir(), 'sdk-'))
const known = {} // what earlier steps made

const uids = (rows) => rows.map((row) => row.uid)
const textField = (uid, more = {}) => ({ uid, display_name: uid, data_type: 'text', ...more })
const file = (name, content) => {
  writeFileSync(join(folder, name), content)
  return join(folder, name)
}
const refused = async (work, code) => {
  const error = await work().then(() => assert.fail('was not refused'), (reason) => reason)
  assert.equal(JSON.parse(error.message).errorCode, code, error.message)
}
const entries = () => stack.contentType('page').entry()
const made = async (title, more = {}) => entries().create({ entry: { title, ...more } })
const live = async (uid, locale = 'en-us') => {
  const entry = await stack.contentType('page').entry(uid).fetch({ include_publish_details: true, locale })
  return entry.publish_details.map((row) => `${row.locale} ${row.version}`).sort()
}

const STEPS = {
  async 'languages and environments' () {
    await stack.locale().create({ locale: { code: 'de-de', name: 'German', fallback_locale: 'en-us' } })
    const { items } = await stack.locale().query().find()
    assert.deepEqual(items.map((one) => one.code).sort(), ['de-de', 'en-us'])
    await stack.environment().create({ environment: { name: 'live', urls: [{ locale: 'en-us', url: 'http://a.invalid' }] } })
    assert.equal((await stack.environment('live').fetch()).name, 'live')
  },
  async 'content types and global fields' () {
    const schema = [textField('keywords')]
    await stack.globalField().create({ global_field: { title: 'SEO', uid: 'seo', schema } })
    const title = textField('title', { mandatory: true, unique: true })
    const seo = { uid: 'seo', display_name: 'SEO', data_type: 'global_field', reference_to: 'seo' }
    const picture = { uid: 'picture', display_name: 'Picture', data_type: 'file' }
    const near = { uid: 'near', display_name: 'Near', data_type: 'reference', reference_to: ['page'] }
    const page = { title: 'Page', uid: 'page', schema: [title, textField('body'), seo, picture, near] }
    await stack.contentType().create({ content_type: page })
    const type = await stack.contentType('page').fetch()
    type.description = 'pages'
    assert.equal((await type.update()).description, 'pages')
    const found = await stack.contentType().query({ include_count: true, include_global_field_schema: true }).find()
    assert.deepEqual([found.count, uids(found.items)], [1, ['page']])
    assert.deepEqual(uids((await stack.globalField().query().find()).items), ['seo'])
  },
  async 'assets and folders' () {
    const parent = await stack.asset().folder().create({ asset: { name: 'Pictures' } })
    const upload = file('a "quoted" name.txt', 'first')
    const asset = await stack.asset().create({ upload, title: 'Picture', parent_uid: parent.uid, tags: ['one'] })
    assert.equal(asset.parent_uid, parent.uid)
    assert.equal((await stack.asset(asset.uid).replace({ upload: file('b.txt', 'second') }))._version, 2)
    const got = await (await stack.asset(asset.uid).fetch()).download({ responseType: 'text' })
    assert.equal(got.data, 'second')
    const titled = await stack.asset(asset.uid).fetch()
    titled.title = 'Better'
    assert.equal((await titled.update()).title, 'Better')
    await stack.asset(asset.uid).publish({ publishDetails: { locales: ['en-us'], environments: ['live'] } })
    const shown = await stack.asset(asset.uid).fetch({ include_publish_details: true })
    assert.deepEqual(shown.publish_details.map((row) => row.version), [3])
    await stack.asset(asset.uid).unpublish({ publishDetails: { locales: ['en-us'], environments: ['live'] } })
    assert.deepEqual(uids((await stack.asset().query({ folder: parent.uid }).find()).items), [asset.uid])
    known.asset = asset.uid
  },
  async 'entries' () {
    const entry = await made('First', { body: 'text', picture: known.asset, seo: { keywords: 'a' } })
    assert.equal(entry.picture.uid, known.asset)
    const second = await made('Second', { near: [{ uid: entry.uid, _content_type_uid: 'page' }] })
    entry.body = 'changed'
    assert.equal((await entry.update())._version, 2)
    const fetched = await stack.contentType('page').entry(entry.uid).fetch({ version: 1 })
    assert.equal(fetched.body, 'text')
    const found = await entries().query({ include_count: true, query: { title: 'Second' } }).find()
    assert.deepEqual([found.count, uids(found.items)], [1, [second.uid]])
    const { references } = await stack.contentType('page').entry(entry.uid).references()
    assert.deepEqual(references.map((row) => row.entry_uid), [second.uid])
    await refused(() => made('First'), 119)
    known.first = entry.uid
    known.second = second.uid
  },
  async 'entries in other languages' () {
    const entry = await stack.contentType('page').entry(known.first).fetch({ locale: 'de-de' })
    assert.equal(entry.locale, 'en-us')
    entry.title = 'Erste'
    assert.deepEqual([(await entry.update({ locale: 'de-de' })).locale], ['de-de'])
    const { locales } = await stack.contentType('page').entry(known.first).locales()
    assert.deepEqual(locales.filter((row) => row.localized).map((row) => row.code).sort(), ['de-de', 'en-us'])
    const imported = await entries().import({ entry: file('entry.json', JSON.stringify({ title: 'Imported' })), locale: 'en-us' })
    assert.equal(imported.title, 'Imported')
    known.imported = imported.uid
  },
  async 'publishing entries' () {
    const entry = await stack.contentType('page').entry(known.first).fetch()
    const publishDetails = { locales: ['en-us', 'de-de'], environments: ['live'] }
    await entry.publish({ publishDetails, locale: 'en-us', version: 1 })
    assert.deepEqual(await live(known.first), ['en-us 1'])
    await entry.publish({ publishDetails, locale: 'en-us' })
    assert.ok((await live(known.first)).includes('en-us 2'))
    await entry.unpublish({ publishDetails, locale: 'en-us' })
    assert.deepEqual(await live(known.first), [])
  },
  async 'the trash' () {
    const entry = await made('Thrown away')
    await entry.delete()
    await refused(() => stack.contentType('page').entry(entry.uid).fetch(), 141)
  },
  async 'bulk operations' () {
    const items = [known.first, known.second].map((uid) => ({ uid, content_type: 'page', version: 1, locale: 'en-us' }))
    const details = { entries: items, assets: [{ uid: known.asset }], locales: ['en-us'], environments: ['live'] }
    const bulk = stack.bulkOperation()
    await bulk.publish({ details, skip_workflow_stage: true, approvals: true })
    assert.deepEqual(await live(known.second), ['en-us 1'])
    const job = await bulk.publish({ details, api_version: '3.2' })
    assert.ok(job.job_id)
    const state = await bulk.jobStatus({ job_id: job.job_id, bulk_version: 'v2' })
    assert.ok(state)
    await bulk.unpublish({ details })
    assert.deepEqual(await live(known.second), [])
    const doomed = await made('Doomed')
    await bulk.delete({ details: { entries: [{ uid: doomed.uid, content_type: 'page', locale: 'en-us' }] } })
    await refused(() => stack.contentType('page').entry(doomed.uid).fetch(), 141)
  },
  async 'releases and their items' () {
    const release = await stack.release().create({ release: { name: 'Spring', description: 'd', locked: false } })
    const item = (uid) => ({ uid, version: 1, locale: 'en-us', content_type_uid: 'page', action: 'publish' })
    await release.item().create({ item: item(known.first) })
    await release.item().create({ items: [item(known.second)] })
    const held = async () => (await release.item().findAll({ release_version: '2.0' })).items
    assert.deepEqual(uids(await held()).sort(), [known.first, known.second].sort())
    const other = await release.clone({ name: 'Copy', description: 'd' })
    const moved = { release_uid: other.uid, items: [{ uid: known.second, locale: 'en-us' }] }
    await release.item().move({ param: moved, release_version: '2.0' })
    await release.item().delete({ items: [item(known.second)] })
    assert.deepEqual(uids(await held()), [known.first])
    await release.deploy({ environments: ['live'], locales: ['en-us'], action: 'publish' })
    assert.ok((await live(known.first)).includes('en-us 1'))
    release.name = 'Summer'
    assert.equal((await release.update()).name, 'Summer')
    await stack.release(other.uid).delete() // the clone itself has lost its stack
    assert.deepEqual(uids((await stack.release().query().find()).items), [release.uid])
  },
  async 'taxonomies and terms' () {
    await stack.taxonomy().create({ taxonomy: { uid: 'place', name: 'Place', description: 'd' } })
    const terms = () => stack.taxonomy('place').terms()
    for (const [uid, parent, order] of [['europe', null, 1], ['asia', null, 2], ['france', 'europe', 1]]) {
      await terms().create({ term: { uid, name: uid, parent_uid: parent, order } })
    }
    const found = await terms().query({ depth: 0, include_count: true, include_order: true }).find()
    assert.deepEqual([found.count, uids(found.items)], [3, ['europe', 'asia', 'france']])
    const term = await stack.taxonomy('place').terms('asia').fetch()
    term.name = 'Asia'
    assert.equal((await term.update()).name, 'Asia')
    assert.deepEqual(uids((await stack.taxonomy('place').terms('france').ancestors()).terms), ['europe'])
    assert.deepEqual(uids((await stack.taxonomy('place').terms('europe').descendants()).terms), ['france'])
    await stack.taxonomy('place').terms('europe').move({ term: { parent_uid: 'asia', order: 1 }, force: true })
    assert.deepEqual(uids((await stack.taxonomy('place').terms('france').ancestors()).terms), ['asia', 'europe'])
    assert.deepEqual(uids((await terms().search('fran')).terms), ['france'])
    await stack.taxonomy('place').terms('asia').localize({ term: { name: 'Asien' } }, { locale: 'de-de' })
    const languages = await stack.taxonomy('place').terms('asia').locales()
    assert.deepEqual(languages.terms.map((row) => row.locale).sort(), ['de-de', 'en-us'])
    assert.ok((await stack.taxonomy('place').locales()).taxonomies.length)
    assert.equal((await stack.taxonomy('place').export()).taxonomy.uid, 'place')
    const whole = { taxonomy: { uid: 'imported', name: 'Imported' }, terms: [] }
    await stack.taxonomy().import({ taxonomy: file('taxonomy.json', JSON.stringify(whole)) })
    const order = { locales: ['en-us'], environments: ['live'], items: [{ uid: 'place' }] }
    assert.ok((await stack.taxonomy().publish(order, '3.2')).job_id)
    await stack.taxonomy().unpublish(order, '3.2')
    await stack.taxonomy('imported').delete()
    assert.deepEqual(uids((await stack.taxonomy().query().find()).items), ['place'])
  },
  async 'workflows and stages' () {
    const everybody = { roles: { uids: [] }, users: { uids: ['$all'] }, others: {} }
    const stage = (name) => ({
      name, color: '#2196f3', SYS_ACL: everybody, next_available_stages: ['$all'], entry_lock: '$none',
      allStages: true, allUsers: true, specificStages: false, specificUsers: false
    })
    const workflow = await stack.workflow().create({
      workflow: {
        name: 'Flow', enabled: true, content_types: ['page'], branches: ['main'], admin_users: { users: [] },
        workflow_stages: [stage('Draft'), stage('Done')]
      }
    })
    const stages = workflow.workflow_stages
    assert.deepEqual(stages.map((one) => one.next_available_stages), [['$all'], ['$all']])
    const to = { workflow_stage: { uid: stages[1].uid, comment: 'done', notify: false } }
    await stack.contentType('page').entry(known.first).setWorkflowStage({ ...to, locale: 'en-us' })
    const entry = await stack.contentType('page').entry(known.first).fetch({ include_workflow: true })
    assert.equal(entry._workflow.uid, stages[1].uid)
    const rule = await stack.workflow().publishRule().create({
      publishing_rule: {
        workflow: workflow.uid, actions: ['publish'], branches: ['main'], content_types: ['$all'], locales: ['en-us'],
        environment: (await stack.environment('live').fetch()).uid, approvers: { users: [], roles: [] },
        workflow_stage: stages[1].uid, disable_approver_publishing: false
      }
    })
    assert.deepEqual(uids((await stack.workflow().publishRule().fetchAll({})).items), [rule.uid])
    await rule.delete()
    await workflow.disable()
    assert.deepEqual(uids((await stack.workflow().fetchAll({})).items), [workflow.uid])
    await workflow.delete()
  },
  async 'webhooks, labels, roles and extensions' () {
    const webhook = await stack.webhook().create({
      webhook: {
        name: 'Hook', destinations: [{ target_url: 'http://hook.invalid', custom_header: [] }],
        channels: ['content_types.entries.create'], retry_policy: 'manual', disabled: true
      }
    })
    webhook.name = 'Other'
    assert.equal((await webhook.update()).name, 'Other')
    assert.deepEqual(uids((await stack.webhook().fetchAll({})).items), [webhook.uid])
    await webhook.delete()
    const label = await stack.label().create({ label: { name: 'Label', content_types: ['page'] } })
    assert.equal((await stack.label(label.uid).fetch()).name, 'Label')
    const rules = [{ module: 'branch', branches: ['main'], acl: { read: true } }]
    const role = await stack.role().create({ role: { name: 'Reader', description: 'd', rules } })
    assert.ok(uids((await stack.role().fetchAll({})).items).includes(role.uid))
  },
  async 'variants' () {
    await stack.variantGroup().create({ variant_group: { name: 'Seasons', content_types: ['page'] } })
    const [group] = (await stack.variantGroup().query().find()).items
    await stack.variantGroup(group.uid).update({ name: 'Times of the year' })
    const inside = () => stack.variantGroup(group.uid).variants()
    await inside().create({ variant: { uid: 'cswinter', name: 'Winter' } })
    await stack.variantGroup(group.uid).variants('cswinter').update({ name: 'Cold' })
    assert.deepEqual((await inside().query().find()).items.map((row) => `${row.uid} ${row.name}`), ['cswinter Cold'])
    await stack.variantGroup(group.uid).variants('cswinter').delete()
    await stack.variantGroup(group.uid).delete()
    const { variant } = await stack.variants().create({ variant: { name: 'Summer', uid: 'cssummer' } })
    assert.deepEqual(uids((await stack.variants().query().find()).items), ['cssummer'])
    const of = () => stack.contentType('page').entry(known.second).variants(variant.uid)
    const change = { entry: { body: 'sunny', _variant: { _change_set: ['body'], _order: [] } } }
    assert.equal((await of().update(change)).entry.body, 'sunny')
    assert.equal((await of().fetch()).entry.body, 'sunny')
    const all = await stack.contentType('page').entry(known.second).variants().query().find()
    assert.equal(all.items.length, 1)
    await of().delete()
  },
  async 'branches' () {
    await stack.branch().create({ branch: { uid: 'dev', source: 'main' } })
    const dev = client({}).stack({ api_key: apiKey, management_token: token, branch_uid: 'dev' })
    const type = await dev.contentType('page').fetch()
    type.schema.push(textField('added'))
    await type.update()
    const compare = await stack.branch('main').compare('dev').all()
    assert.deepEqual(compare.diff.map((row) => `${row.uid} ${row.status}`), ['page modified'])
    const params = {
      base_branch: 'main', compare_branch: 'dev', default_merge_strategy: 'merge_prefer_base', merge_comment: 'c', no_revert: true
    }
    const job = await stack.branch().merge({ item_merge_strategies: [] }, params)
    assert.ok((await stack.branch().mergeQueue(job.uid).fetch()))
    assert.ok(uids((await stack.branch().mergeQueue().find()).queue).includes(job.uid))
    assert.ok(uids((await stack.contentType('page').fetch()).schema).includes('added'))
    await stack.branchAlias('staging').createOrUpdate('dev')
    assert.equal((await stack.branchAlias('staging').fetch()).uid, 'dev')
    await stack.branchAlias('staging').delete({ force: true })
    await stack.branch('dev').delete({ force: true })
    assert.deepEqual(uids((await stack.branch().query().find()).items), ['main'])
  },
  async 'other credentials' () {
    assert.equal((await client({ authtoken: token }).stack({ api_key: apiKey }).fetch()).api_key, apiKey)
    const oauth = client({ authorization: `Bearer ${token}` }).stack({ api_key: apiKey })
    assert.deepEqual(uids((await oauth.contentType().query().find()).items), ['page'])
    const stranger = client({}).stack({ api_key: apiKey, management_token: 'invented-stranger' })
    await refused(() => stranger.contentType().query().find(), 105)
  }
}

for (const [step, work] of Object.entries(STEPS)) {
  const error = await work().then(() => null, (reason) => reason.stack ?? String(reason))
  console.log(JSON.stringify({ step, error }))
}
