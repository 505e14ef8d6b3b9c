"""The Contentstack Content Management API, served locally: for tests in-process, for users over a socket.

It shares no code with the clients, so that it cannot agree with their mistakes. It is strict: what the service refuses
is refused, with the same error codes. `Switches` has a field for each point that the vendor's pages leave open.

    emulator = Emulator()                                   # an ASGI application
    stack = emulator.add_stack(api_key="blt_invented", management_token="cs-invented")
    with serve(emulator) as origin:                         # http://127.0.0.1:PORT
        ...
    emulator.log, emulator.count("write")                   # every request that was handled
    emulator.faults.add(Fault(path="/entries", keep=10))    # the next answer to it ends after ten bytes

Loading raw objects as they are, without any check (uids, versions, timestamps and publish details are kept):

    branch = stack.main                        or stack.branches[uid]; emulator.new_branch makes one
    branch.put_locale(raw)                     fallback_locale null makes it the master
    branch.put_content_type(raw)
    branch.put(kind, raw)                      global_fields, extensions, labels, variant_groups, metadata
    branch.put_entry_version(content_type, locale, raw)
    branch.put_version_name(content_type, entry_uid, locale, version, {"title", "updated_at", "updated_by"})
    branch.put_variant(content_type, entry_uid, locale, raw)       raw["_variant"]["_uid"] names the variant
    branch.put_asset(raw, content)             a file (bytes, a Path, or None) or a folder (is_dir)
    branch.put_release(raw, items)             branch.put_queue_item(raw)
    stack.put(kind, raw)                       environments, webhooks, workflows, publish_rules, roles
    stack.aliases["alias"] = "branch"
    stack.put_taxonomy(raw, locale=None)       stack.put_term(taxonomy_uid, raw, locale=None)

State may be read from the same objects: `branch.entries[content_type][uid].documents[locale].versions[n]`. Code that
changes it in another way than by these methods calls `branch.changed()`: later pages of a listing are kept sorted.
"""

from __future__ import annotations

from stackferry.emulators.application import LoggedRequest
from stackferry.emulators.contentstack.app import Emulator
from stackferry.emulators.contentstack.behaviour import RateLimits, Switches
from stackferry.emulators.contentstack.stack import Stack
from stackferry.emulators.contentstack.state import Branch
from stackferry.emulators.faults import Fault
from stackferry.emulators.http_server import run, serve

__all__ = ["Branch", "Emulator", "Fault", "LoggedRequest", "RateLimits", "Stack", "Switches", "run", "serve"]
