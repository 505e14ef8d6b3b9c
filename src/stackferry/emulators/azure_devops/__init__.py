"""Azure DevOps' classic releases and what they point at, served locally: for tests in-process, or over a socket.

It shares no code with the clients, so that it cannot agree with their mistakes. `Switches` has a field for each point
that the vendor's pages leave open, `Limits` what the service allows.

Served, in every shape of address (see `places`) and version (see `versions`): releases with filters and pages,
definitions with the bytes of every revision, folders, stages that are started, scheduled, canceled and retried,
deployments, approvals, gates, manual interventions, logs as zip and text, attachments, tags, history, settings,
deleting and bringing back; variable groups, task groups, queues, deployment groups, secure files, connections, builds
and their definitions, people and projects, read only; ResourceAreas and OPTIONS for the vendor's clients. PATs, bearer
tokens and their scopes; the load of a user. Not served: builds that run, triggers and schedules that make releases,
permissions of single objects, anything of boards, repositories and tests.

    emulator = Emulator()                                        # an ASGI application
    project = emulator.add_project("fabrikam", "My Web", token="invented")
    with serve(emulator) as origin:                              # http://127.0.0.1:PORT
        ...                                                      # ORIGIN/fabrikam/My%20Web/_apis/release/releases
    emulator.log, emulator.count("asset")                        # every request; logs and attachments count as asset
    emulator.faults.add(Fault(path="/logs", keep=10))            # the next answer to it ends after ten bytes
    emulator.outcome = lambda release, stage, attempt: "rejected"    # how attempts end
    emulator.failing_gates.add("Query work items")               # a gate that holds stages
    home = emulator.organizations["fabrikam"]
    home.tokens["other"] = Access(home.user, frozenset({"vso.release"}))
    home.tokens["invented"].refusal = "The Personal Access Token used has expired"   # from now on

Loading raw objects as they are, without any check (ids, times and states are kept):

    project.put_release(raw, history=())         project.put_deployment(raw)
    project.put_definition(raw, revisions=())    the bytes of each, oldest first
    project.put("queues", raw)                   variablegroups, taskgroups, deploymentgroups, securefiles, endpoints, …
    project.logs[release, stage, phase, task] = TaskLog(entry, content)     or project.log_files[release] = a zip's path
    project.attachments.append(Attachment(…))    home.add_person(name, unique_name, is_group=False)

Whole projects: `seed.generator.generate` (made up, by a seed), `seed.fill_evenly.fill_evenly` (very many releases),
`seed.furnish.furnish` (empty, but with the queues, groups, connections and people that those of `generate` point at,
under other ids; `seed.furnish_like.furnish_like`: those of any project), `seed.recorded.add_recorded` (recorded answers
in files), `seed.snapshot.add_project` (an archive of stackferry). An editor who works meanwhile is a `seed.api.Api`,
called from one of `emulator.watchers`. State may be read from the same tables: `project.releases[id]` is the raw JSON.
`project.delete_release` and `destroy_release` do what retention does. Code that changes a raw approval by itself calls
`project.wake()`.
"""

from __future__ import annotations

from stackferry.emulators.application import LoggedRequest
from stackferry.emulators.azure_devops.app import Emulator
from stackferry.emulators.azure_devops.behaviour import Limits, Switches
from stackferry.emulators.azure_devops.organization import (
    Access,
    Attachment,
    Definition,
    Organization,
    Project,
    TaskLog,
)
from stackferry.emulators.faults import Fault
from stackferry.emulators.http_server import run, serve

__all__ = [
    "Access", "Attachment", "Definition", "Emulator", "Fault", "Limits", "LoggedRequest", "Organization", "Project",
    "Switches", "TaskLog", "run", "serve",
]  # fmt: skip
