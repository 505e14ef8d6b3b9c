"""Every endpoint of the API pages, each variant in its own row: its client method and its command.

The first part of docs/api.md is this table (`markdown`), and a test compares the rows with the pages. Must never hold
an endpoint that its page does not describe, but for those under `VENDOR`.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

# The pages, as their own headings call them.
ENTRIES = "CMA | Entries"
RELEASES = "CMA | Releases"
BULK = "Bulk Operations"
QUEUE = "CMA | Publish Queue"
VENDOR = "Jobs (on no page; asked by the vendor's own clients)"

NO_COMMAND = "—"
# Paths as the pages write them: a test compares them letter by letter.
_ALL = "/content_types/{content_type_uid}/entries"
_ONE = f"{_ALL}/{{entry_uid}}"
_NAME = f"{_ONE}/versions/{{version_number}}/name"
_RELEASE = "/releases/{release_uid}"
_ROW = "/publish-queue/{publish_queue_uid}"
_JOB = "/bulk/jobs/{job_id}"
# Sections with long names.
_VERSIONS = "Get Details of All Versions of an Entry"
_MASTER = "Create an entry with master locale"
_IMPORT = "Import an existing entry"
_LATEST = "Update Release items to their latest versions"
_SEVERAL = "Delete multiple items from a Release"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One documented request: where it is described, what is sent, and how it is used from here."""

    page: str
    section: str
    method: str
    path: str
    client: str
    command: str = NO_COMMAND
    variant: str = ""

    @property
    def name(self) -> str:
        return f"{self.section}: {self.variant}" if self.variant else self.section


def _entry(
    section: str, method: str, path: str, client: str, command: str = NO_COMMAND, variant: str = ""
) -> Endpoint:
    return Endpoint(ENTRIES, section, method, path, client, command, variant)


def _release(section: str, method: str, path: str, client: str, command: str) -> Endpoint:
    return Endpoint(RELEASES, section, method, path, f"Releases.{client}", f"release {command}")


def _bulk(section: str, path: str, client: str) -> Endpoint:
    command = f"bulk {client.replace('_', '-')}"
    return Endpoint(BULK, section, "POST", f"/bulk/{path}", f"Bulk.{client}", command)


ENDPOINTS: tuple[Endpoint, ...] = (
    _entry("Get all entries", "GET", _ALL, "Entries.get_all", "entry get"),
    _entry("Get a single entry", "GET", _ONE, "Entries.get", "entry get"),
    _entry("Create an entry", "POST", _ALL, "Entries.create", "entry create"),
    _entry("Create an entry with JSON RTE", "POST", _ALL, "Entries.create", "entry create"),
    _entry(_MASTER, "POST", _ALL, "Entries.create_with_master_locale", "entry create --copy-to-master"),
    _entry("Create an entry with custom asset field", "POST", _ALL, "Entries.create", "entry create"),
    _entry("Create an entry with taxonomy", "POST", _ALL, "Entries.create", "entry create"),
    _entry("Update an entry", "PUT", _ONE, "Entries.update", "entry update --body"),
    _entry("Update an entry with JSON RTE", "PUT", _ONE, "Entries.update", "entry update --body"),
    _entry("PUSH Operation", "PUT", _ONE, "AtomicUpdates.push", "entry update --push"),
    _entry("PULL Operation", "PUT", _ONE, "AtomicUpdates.pull", "entry update --pull"),
    _entry("UPDATE Operation", "PUT", _ONE, "AtomicUpdates.update", "entry update --update"),
    _entry(
        "UPDATE Operation",
        "PUT",
        _ONE,
        "AtomicUpdates.update",
        "entry update --update",
        variant="group field",
    ),
    _entry(
        "UPDATE Operation",
        "PUT",
        _ONE,
        "AtomicUpdates.update",
        "entry update --update",
        variant="nested modular blocks",
    ),
    _entry("ADD Operation", "PUT", _ONE, "AtomicUpdates.add", "entry update --add"),
    _entry("SUB Operation", "PUT", _ONE, "AtomicUpdates.sub", "entry update --sub"),
    _entry("Delete an entry", "DELETE", _ONE, "Entries.delete", "entry delete"),
    _entry("Delete an entry", "DELETE", _ONE, "Entries.delete", "entry delete", "one language"),
    _entry("Delete an entry", "DELETE", _ONE, "Entries.delete", "entry delete", "several languages"),
    _entry("Delete an entry", "DELETE", _ONE, "Entries.delete", "entry delete", "all languages"),
    _entry("Set Version Name for Entry", "POST", _NAME, "EntryVersions.set_name", "entry name"),
    _entry(_VERSIONS, "GET", f"{_ONE}/versions", "EntryVersions.get_all", "entry versions"),
    _entry(
        "Delete Version Name of Entry", "DELETE", _NAME, "EntryVersions.delete_name", "entry name --remove"
    ),
    _entry(
        "Get references of an entry", "GET", f"{_ONE}/references", "Entries.references", "entry references"
    ),
    _entry("Get languages of an entry", "GET", f"{_ONE}/locales", "Entries.languages", "entry languages"),
    _entry("Localize an entry", "PUT", _ONE, "Entries.localize", "entry localize"),
    _entry("Update a localized entry", "PUT", _ONE, "Entries.update_localized", "entry localize"),
    _entry("Unlocalize an entry", "POST", f"{_ONE}/unlocalize", "Entries.unlocalize", "entry unlocalize"),
    _entry("Export an entry", "GET", f"{_ONE}/export", "EntryFiles.export", "entry export"),
    _entry("Import an entry", "POST", f"{_ALL}/import", "EntryFiles.import_new", "entry import"),
    _entry(_IMPORT, "POST", f"{_ONE}/import", "EntryFiles.import_existing", "entry import --uid"),
    _entry("Publish an entry", "POST", f"{_ONE}/publish", "EntryPublishing.publish", "entry publish"),
    _entry(
        "Publish an entry with references",
        "POST",
        "/bulk/publish",
        "EntryPublishing.publish_with_references",
        "entry publish --with-references",
    ),
    _entry("Unpublish an entry", "POST", f"{_ONE}/unpublish", "EntryPublishing.unpublish", "entry unpublish"),
    _release("Get all Releases", "GET", "/releases", "get_all", "list"),
    _release("Get a single Release", "GET", _RELEASE, "get", "show"),
    _release("Create a Release", "POST", "/releases", "create", "create"),
    _release("Update a Release", "PUT", _RELEASE, "update", "update"),
    _release("Delete a Release", "DELETE", _RELEASE, "delete", "delete"),
    _release("Get all items in a Release", "GET", f"{_RELEASE}/items", "items", "show"),
    _release("Add a single item to a Release", "POST", f"{_RELEASE}/item", "add_item", "add"),
    _release("Add multiple items to a Release", "POST", f"{_RELEASE}/items", "add_items", "add"),
    _release(_LATEST, "PUT", f"{_RELEASE}/update_items", "update_items", "update-items"),
    _release("Remove an item from a Release", "DELETE", f"{_RELEASE}/items", "remove_items", "remove"),
    _release(_SEVERAL, "DELETE", f"{_RELEASE}/items", "delete_items", "remove --all"),
    _release("Deploy a Release", "POST", f"{_RELEASE}/deploy", "deploy", "deploy"),
    _release("Clone a Release", "POST", f"{_RELEASE}/clone", "clone", "clone"),
    _release("Lock a Release", "PUT", _RELEASE, "lock", "lock"),
    _release("Unlock a Release", "PUT", _RELEASE, "unlock", "unlock"),
    _bulk("Bulk Add to Release", "release/items", "add_to_release"),
    _bulk("Publish entries and assets in bulk", "publish", "publish"),
    _bulk("Unpublish entries and assets in bulk", "unpublish", "unpublish"),
    _bulk("Delete entries and assets in bulk", "delete", "delete"),
    _bulk("Update workflow details in bulk", "workflow", "workflow"),
    Endpoint(QUEUE, "Get publish queue", "GET", "/publish-queue", "PublishQueue.get_all", "queue list"),
    Endpoint(QUEUE, "Get publish queue activity", "GET", _ROW, "PublishQueue.get", "queue show"),
    Endpoint(
        QUEUE, "Cancel Scheduled Action", "GET", f"{_ROW}/unschedule", "PublishQueue.cancel", "queue cancel"
    ),
    Endpoint(VENDOR, "Status of a bulk job", "GET", _JOB, "BulkJobs.status", "bulk status"),
    Endpoint(VENDOR, "Items of a bulk job", "GET", f"{_JOB}/items", "BulkJobs.items", "bulk status"),
)

_HEAD = """\
# Every endpoint, its client method and its command

The pages of Contentstack's Content Management API about entries, releases, bulk operations and the publish
queue, with a row for each request that they describe. Methods belong to the classes of
`stackferry.providers.contentstack.api`: each takes the `call` of a session, has the page's own parameter
names, sends payloads unchanged and returns the answer as it came. Commands follow the word `stackferry`.

`markdown()` of `tests/providers/contentstack/api/api_endpoints.py` writes this section; a test compares the
two. Contentful's calls are [below](#contentful), and those of [Azure DevOps](#azure-devops).
"""


def markdown() -> str:
    """The table as docs/api.md shows it."""
    lines = [_HEAD]
    for page, rows in groupby(ENDPOINTS, key=attrgetter("page")):
        lines += [
            f"## {page.replace('|', '·')}\n",
            "| Endpoint | Request | Client method | Command |",
            "|---|---|---|---|",
        ]
        lines += [*map(_row, rows), ""]
    return "\n".join(lines) + "\n"


def _row(row: Endpoint) -> str:
    command = row.command if row.command == NO_COMMAND else f"`{row.command}`"
    return f"| {row.name} | `{row.method} {row.path}` | `{row.client}` | {command} |"
