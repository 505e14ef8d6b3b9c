// Drives the vendor's JavaScript client through a release's life. Prints one line for each step: ok, or what was wrong.
//
//     node drive_client.mjs NODE_MODULES COLLECTION_URL PROJECT TOKEN
import { createRequire } from "node:module";
import path from "node:path";

const [modules, url, project, token] = process.argv.slice(2);
const azdev = createRequire(path.join(modules, "x.js"))("azure-devops-node-api");
const connection = new azdev.WebApi(url, azdev.getPersonalAccessTokenHandler(token), { allowRetries: false });
const release = await connection.getReleaseApi();
let failed = 0;

async function step(name, work) {
  try {
    const wrong = await work();
    if (wrong) throw new Error(JSON.stringify(wrong));
    console.log(`ok ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED ${name}: ${error.message}`);
  }
}

const same = (found, wanted) => (JSON.stringify(found) === JSON.stringify(wanted) ? null : { found, wanted });

async function text(stream) {
  const parts = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}

let definition, made;
await step("definitions", async () => {
  const rows = await release.getReleaseDefinitions(project);
  definition = await release.getReleaseDefinition(project, rows[0].id);
  return same(definition.environments.map((one) => one.name), ["Dev", "Prod"]);
});
await step("create", async () => {
  made = await release.createRelease({ definitionId: definition.id, description: "by the client" }, project);
  return same([made.name, made.status], ["Release-1", 2]); // enums arrive as numbers
});
await step("get", async () => {
  made = await release.getRelease(project, made.id, undefined, undefined, 1); // $expand=tasks
  return same(made.environments.map((one) => one.status), [4, 2]);
});
await step("approve", async () => {
  const rows = await release.getApprovals(project);
  const said = await release.updateReleaseApproval({ status: 2, comments: "ok" }, project, rows[0].id);
  return same([rows.length, said.status], [1, 2]);
});
await step("deployments", async () => same((await release.getDeployments(project)).length, 2));
await step("logs", async () => {
  const zip = await text(await release.getLogs(project, made.id));
  return same(zip.subarray(0, 2).toString(), "PK");
});
await step("task log", async () => {
  const stage = made.environments[0];
  const phase = stage.deploySteps[0].releaseDeployPhases[0];
  const log = await text(await release.getTaskLog(project, made.id, stage.id, phase.id, 2, 1, 1));
  return log.toString().trim().endsWith("Starting: Copy") ? null : log.toString();
});
await step("start a stage again", async () => {
  const stage = await release.updateReleaseEnvironment({ status: 2 }, project, made.id, made.environments[0].id);
  return same(stage.status, 32);
});
await step("keep", async () => {
  const kept = await release.updateReleaseResource({ keepForever: true, comment: "audit" }, project, made.id);
  await release.updateReleaseResource({ keepForever: false }, project, made.id);
  return same(kept.keepForever, true);
});
await step("tags", async () => {
  await release.addReleaseTags(["a", "b"], project, made.id);
  await release.addReleaseTag(project, made.id, "c");
  await release.deleteReleaseTag(project, made.id, "b");
  return same(await release.getReleaseTags(project, made.id), ["a", "c"]);
});
await step("all tags", async () => same(await release.getTags(project), ["a", "c"]));
await step("history", async () => {
  const rows = await release.getReleaseHistory(project, made.id);
  return rows.length > 3 && rows[0].changeType === "Create" ? null : rows;
});
await step("settings", async () => {
  const settings = await release.getReleaseSettings(project);
  return same(settings.retentionSettings.daysToKeepDeletedReleases, 14);
});
await step("folders", async () => {
  await release.createFolder({ path: "\\New" }, project, "\\New");
  return same((await release.getFolders(project)).map((one) => one.path), ["\\", "\\New"]);
});
await step("revisions", async () => {
  const rows = await release.getReleaseDefinitionHistory(project, definition.id);
  const whole = await text(await release.getDefinitionRevision(project, definition.id, rows[0].revision));
  return same([rows.length, JSON.parse(whole).name], [1, "D1"]);
});
await step("delete and bring back", async () => {
  const before = await release.getReleases(project);
  await release.deleteRelease(project, made.id, "old");
  const after = await release.getReleases(project);
  await release.undeleteRelease(project, made.id, "back");
  const again = await release.getReleases(project);
  return same([before.length, after.length, again.length], [1, 0, 1]);
});
await step("queues, groups and builds", async () => {
  const agents = await connection.getTaskAgentApi();
  const builds = await connection.getBuildApi();
  const found = [await agents.getAgentQueues(project), await agents.getVariableGroups(project), await builds.getBuilds(project)];
  return same(found.map((rows) => rows.length), [1, 0, 0]);
});
process.exit(failed ? 1 : 0);
