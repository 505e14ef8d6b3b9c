"""The Contentful Management API with its upload and file hosts, served locally: for tests in-process, or over a socket.

It shares no code with the clients, so that it cannot agree with their mistakes. `Switches` has a field for each point
that the vendor's pages leave open, `Limits` what the service allows.

Served: spaces, environments (cloned, through aliases), organizations, users, tokens; locales, tags, content types with
drafts and what is published, editor interfaces; entries and assets with their states by locale, what is live of them,
JSON Patch, uploads, processing, files, embargoed ones with asset keys; snapshots; bulk actions of both generations;
bulk operations on entries; releases of both generations with copies, actions and every filter; scheduled actions, which
are carried out; webhooks, roles, API keys, memberships, extensions, apps, ui config, taxonomy, workflows, tasks,
comments, environment templates as records. The rate limit, sizes and quotas; cursors and offsets; the query language.
Not served: experience orchestration, AI actions, functions, teams, usage other than none.

    emulator = Emulator()                                   # an ASGI application
    space = emulator.add_space(key="inventedspace", token="CFPAT-invented")
    with serve(emulator) as origin:                         # http://127.0.0.1:PORT
        ...
    emulator.log, emulator.count("write")                   # every request that was handled
    emulator.faults.add(Fault(path="/entries", keep=10))    # the next answer to it ends after ten bytes
    emulator.unprocessable["asset"] = "never"               # its files are never processed; or "failed"
    space.tokens["other"] = Access("user", can_write=False, refused={"roles": 403})
    space.refused["workflows"] = 404                        # a kind that the plan does not offer
    space.locale_publishing = False                         # whole entries only
    space.embargoed = True                                  # files need signed URLs

Loading raw objects as they are, without any check (ids, versions, times and states are kept):

    environment = space.master                  or space.environments[id]; emulator.new_environment makes one
    environment.put(kind, raw)                  locales, tags, extensions, app_installations, workflows, tasks, …
    environment.put_content_type(raw, live=None, snapshots=())        `live` where it is not the same
    environment.put_editor_interface(raw)
    environment.put_entry(raw, live=None, snapshots=())               `sys.fieldStatus` says which locales are live
    environment.put_asset(raw, live=None)       its files: space.files[path of the URL] = StoredFile(content, type)
    environment.put_release(raw, entries=(), assets=())               with the copies of a Timeline release
    space.put(kind, raw)                        webhooks, roles, api_keys, aliases, scheduled_actions, …
    space.organization.concepts[id] = raw       concept_schemes, app_definitions, environment_templates

Locales come first: an entry is live in those that there are. Whole spaces: `seed.vendor_file.add_space` (a file of
contentful-export), `seed.generator.generate` (made up, by a seed) and `fill_evenly` (very many entries). State may be
read from the same objects: `environment.entries[id].live`. Code that changes it in another way than by these methods
calls `environment.changed()`.
"""

from __future__ import annotations

from stackferry.emulators.application import LoggedRequest
from stackferry.emulators.contentful.app import Emulator
from stackferry.emulators.contentful.behaviour import Limits, Switches
from stackferry.emulators.contentful.environment import Environment, Release
from stackferry.emulators.contentful.space import Access, Organization, Space
from stackferry.emulators.faults import Fault
from stackferry.emulators.http_server import run, serve

__all__ = [
    "Access", "Emulator", "Environment", "Fault", "Limits", "LoggedRequest", "Organization", "Release", "Space",
    "Switches", "run", "serve",
]  # fmt: skip
