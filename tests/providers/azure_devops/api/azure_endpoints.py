"""Every call about classic releases: its client method and its command.

The third part of docs/api.md is this table (`markdown`), and a test compares the rows with the page.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

RELEASES = "Releases"  # the mission's page
LATER = "Releases: what later versions and the vendor's own client have"
APPROVALS = "Approvals"
HEAD = "# Azure DevOps"

_ALL = "/releases"
_ONE = "/releases/{releaseId}"
_STAGE = f"{_ONE}/environments/{{environmentId}}"
_TASK = "/tasks/{taskId}/logs"


@dataclass(frozen=True, slots=True)
class Call:
    """One request below `/{organization}/{project}/_apis/release`, and how it is used from here."""

    page: str
    section: str
    method: str
    path: str
    client: str
    command: str


CALLS = (
    Call(RELEASES, "Get a list of releases", "GET", _ALL, "Releases.find", "release list"),
    Call(RELEASES, "Get a list of releases: for a release definition", "GET", f"{_ALL}?definitionId",
         "Releases.get_all", "release list --definition"),
    Call(RELEASES, "Get a release", "GET", _ONE, "Releases.get", "release show"),
    Call(RELEASES, "Create a release", "POST", _ALL, "Releases.create", "release create"),
    Call(RELEASES, "Modify the status of a release", "PATCH", _ONE, "Releases.update", "release status"),
    Call(RELEASES, "Change the status of a release environment", "PATCH", _STAGE, "Stages.update", "release stage"),
    Call(RELEASES, "Get logs for a release", "GET", f"{_ONE}/logs", "Logs.get", "release logs"),
    Call(RELEASES, "Get log for a task of a release", "GET", f"{_STAGE}{_TASK}", "Logs.task", "release task-log"),
    Call(LATER, "Get log for a task of a phase", "GET", f"{_STAGE}/deployPhases/{{phaseId}}{_TASK}", "Logs.task",
         "release task-log --phase"),
    Call(LATER, "Get the definition of a release", "GET", f"{_ONE}?definitionSnapshotRevision",
         "Releases.get_definition_snapshot", "release show --snapshot-revision"),
    Call(LATER, "Keep a release", "PATCH", _ONE, "Keeper.keep", "release keep"),
    Call(LATER, "Get the tags of a release", "GET", f"{_ONE}/tags", "Releases.tags", "release tag"),
    Call(LATER, "Add tags to a release", "POST", f"{_ONE}/tags", "Releases.add_tags", "release tag"),
    Call(LATER, "Remove a tag of a release", "DELETE", f"{_ONE}/tags/{{tag}}", "Releases.remove_tag",
         "release tag --remove"),
    Call(LATER, "Get a definition", "GET", "/definitions/{definitionId}", "Definitions.get", "release create"),
    Call(APPROVALS, "Get a list of approvals", "GET", "/approvals", "Approvals.find", "release approvals"),
    Call(APPROVALS, "Update an approval: approve", "PATCH", "/approvals/{approvalId}", "Approvals.update",
         "release approve"),
    Call(APPROVALS, "Update an approval: reject", "PATCH", "/approvals/{approvalId}", "Approvals.update",
         "release reject"),
)  # fmt: skip

EXAMPLE = """\
import anyio

import stackferry
from stackferry.azure_devops import NewRelease, ReleaseMaker, Root, Stages


async def deploy(place, definition, stage):
    async with stackferry.connect(place) as project:  # a URL or a profile; the token as for commands
        root = Root.of(project.place)
        stages = Stages(project.call, root, anyio.sleep)
        release, _ = await ReleaseMaker(project.call, root).create(NewRelease(definition=definition))
        found = await stages.find(release_id=release["id"], named=stage)
        where = {"release_id": release["id"], "stage_id": found["id"]}
        await stages.update(**where, changes={"status": "inProgress"})
        return (await stages.follow(**where, attempt=1)).status
"""

_INTRODUCTION = f"""\
{HEAD}

The calls about classic releases. Requests are below `/{{organization}}/{{project}}/_apis/release` of the host
that serves releases. Methods belong to the classes of `stackferry.providers.azure_devops.api`: each takes the
`call` of a session and the `Root` of a place, sends payloads unchanged and returns the answer as it came. A
refusal is raised in words that name the object, and what to do next.

`Releases.find` and `Approvals.find` follow the tokens of pages, which stand in a header; `get_all` is one
page. `Definitions.id_of` and `stage_id` find ids by the names that people use. `ReleaseMaker` checks names
before a release is made and what the service took after it; `Stages.follow` follows an attempt to its end;
`find_task_log` names the log of a task.

```python
{EXAMPLE}```

`markdown()` of `tests/providers/azure_devops/api/azure_endpoints.py` writes this section; a test compares the
two.
"""


def markdown() -> str:
    """The table as docs/api.md shows it."""
    lines = [_INTRODUCTION]
    for page, rows in groupby(CALLS, key=attrgetter("page")):
        lines += [f"## {page}\n", "| Call | Request | Client method | Command |", "|---|---|---|---|"]
        lines += [*map(_row, rows), ""]
    return "\n".join(lines)


def _row(row: Call) -> str:
    return f"| {row.section} | `{row.method} {row.path}` | `{row.client}` | `{row.command}` |"
