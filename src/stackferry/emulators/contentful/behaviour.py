"""What a real space may do either way, and the limits that it may set: one field for each.

Numbers in brackets are those of the list of what is not proven, which the round trips run under. Defaults are what is
likely, or else what is hardest on a client.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from stackferry.emulators.switch_values import refuse_unknown_values


@dataclass(frozen=True, slots=True, kw_only=True)
class Switches:
    """How the emulated service behaves where its documents leave it open."""

    limit_scope: Literal["space", "organization"] = "organization"
    """[1] What shares one limit. The message of the service's 429 names the organization."""

    limit_window: Literal["sliding", "second"] = "sliding"
    """[1] Any second, or the whole seconds of the clock. A client that keeps the first keeps the second."""

    uploads_count: bool = True
    """[2] Requests to the upload host count against the limit too."""

    unknown_widgets: Literal["accepted", "refused"] = "accepted"
    """[3] An editor interface that names an extension or an app that is not there. Real exports hold such names."""

    link_check: Literal["exists", "published", "off"] = "exists"
    """[4] What a publish asks of the links of what it publishes. What is published with it counts as published."""

    role_put: bool = True
    """[5] `PUT /roles/{id}` makes a role of that id; else only POST makes one, and the id is the service's."""

    partial_publish: Literal["refused", "whole"] = "refused"
    """[6] A publish of some locales on a space without the mode: refused, or taken as one of all locales."""

    types_to_come: bool = True
    """[7] A content type may name types in its validations that do not exist (yet)."""

    launch_archived: bool = False
    """[8] Publishing archives a Launch release, as it does a Timeline one."""

    release_list: Literal["mixed", "v1"] = "mixed"
    """[9] What the list of releases holds that names no schema version."""

    busy_id: Literal["RateLimitExceeded", "BadRequest", "ReleaseBusy"] = "BadRequest"
    """[10] `sys.id` of a 429 that is no throttling."""

    busy_reset: Literal["absent", "0"] = "absent"
    """[10] The reset header of such a 429."""

    request_bytes: int = 1_048_576
    """[11] The longest body of a request: 1 MB, or 2 MB."""

    process_checks_version: bool = False
    """[12] Processing a file with a stale version is refused; else it is accepted."""

    bulk_atomic: bool = False
    """[13] A bulk action does all of its items or none; else it may have failed with some items done."""

    bulk_status: Literal[200, 201] = 201
    """[14] The status of the answer that a bulk action was made."""

    bulk_versions: bool = True
    """[14] Items of a bulk publish must name their versions (422 without them, in the vendor's own tests)."""

    snapshot_rows: Literal[100, 1000] = 1000
    """[15] The most rows of one answer that lists snapshots."""

    snapshots_kept: int | None = None
    """[15] How many snapshots of an object are kept, the newest; None is for ever."""

    status_without_mode: bool = True
    """[16] `sys.fieldStatus` is there on spaces that publish whole entries only."""

    archived_release_entries: bool = True
    """[17] The entries of an archived Timeline release are still readable; else they answer 404."""

    release_lists_own: bool = True
    """[18] An entry that was made in a release is listed among its `entities`."""

    space_shows_organization: bool = True
    """[19] `GET /spaces/{id}` has `sys.organization`."""

    default_widgets: bool = False
    """[20] The controls of the editor interface that a first publish makes name widgets."""

    schedule_pages: Literal["url", "token"] = "url"
    """What `pages.next` of scheduled actions is: a relative URL, absent on the last page; or the value of `next` alone,
    empty on the last page (as an example of the reference shows it)."""

    taxonomy_links: Literal["checked", "free"] = "checked"
    """Related concepts must exist when a concept is written, as broader ones must; else they may come later."""

    tasks_block: bool = False
    """An entry with an open task cannot be published."""

    cursors: bool = True
    """[21] Entries, assets and content types can be listed by cursor; else that is refused with 400."""

    tag_version_on_create: Literal["ignored", "refused"] = "ignored"
    """[22] A version header above 0 at the creation of a tag."""

    release_refusal: Literal["action", "429"] = "429"
    """[23] How a release whose entities are not valid fails: by an action that fails, or at once. The page says 429."""

    release_shapes: Literal["by mode", "both"] = "by mode"
    """Items of a Timeline release have the shape of the space's publishing mode, as the reference says, or either."""

    entity_type_status: Literal[400, 422] = 400
    """The status for an entity that is neither entry nor asset when a release is made: the page lists both."""

    missing_entity: Literal[404, 422] = 404
    """The status for an entity of a release that is not there: the page says 404, the vendor's own tests 422."""

    template_types: Literal["writable", "refused"] = "refused"
    """[24] Content types that an installed environment template owns can be changed, or answer 403."""

    field_status: Literal["content", "version"] = "content"
    """When a live locale counts as changed: when its values differ from what is live, or after any later write."""

    publish_unprocessed: bool = False
    """An asset whose file was not processed can be published."""

    bulk_operations: bool = False
    """Bulk operations on entries are enabled for the space; else they answer 403."""

    published_type_ids: Literal["honoured", "ignored"] = "honoured"
    """Whether the list of published content types can be narrowed to some ids."""

    editor_versions: Literal["kept", "risen"] = "risen"
    """Whether a later publish of a type raises the version of its editor interface, which follows the type."""

    default_values: Literal["fields", "locales"] = "fields"
    """Where a new entry gets default values: in fields that are not sent, as the page says, or also in locales that a
    field was sent without."""

    nin_of_lists: Literal["none", "some"] = "none"
    """What `[nin]` asks of a list: that no item is one of the values, as the page's example has it, or that one item is
    none of them, as its text says."""

    without_field: Literal["kept", "dropped"] = "kept"
    """Whether `[ne]` and `[nin]` choose a row that has no value there."""

    empty_list_exists: bool = True
    """`[exists]` of a field whose value is an empty list."""

    text_equality: Literal["refused", "exact"] = "refused"
    """Equality of a field of type Text, which the page says is not supported: by `misfit`, or all the same."""

    misfit: Literal["refused", "nothing"] = "refused"
    """An operator on a field of a type that it is not for, or a value of another type: 400, or nothing is found."""

    date_equality: Literal["instant", "text"] = "instant"
    """Two ways to write one moment are equal, or not."""

    list_blanks: Literal["trimmed", "kept"] = "trimmed"
    """Blanks beside the commas of a list of values."""

    match: Literal["part", "words", "long words"] = "part"
    """What `[match]` finds: the words as they stand anywhere in a text, or each at the beginning of a word, or so the
    words of three letters or more alone, and nothing where there is none."""

    rich_text_links: bool = True
    """`links_to_entry` and `links_to_asset` find links in rich text."""

    page_rows: int = 1000
    """The most rows of one answer."""

    locale_rows: int = 100
    """The most rows of an answer that lists locales, whatever `limit` asks for; the answer's `limit` says so."""

    job_requests: int = 0
    """Processing, bulk actions and release actions end after so many more requests; 0: before the next request."""

    job_seconds: float = 0.0
    """… and after so many seconds of the emulator's clock, whichever comes last."""

    def __post_init__(self) -> None:
        refuse_unknown_values(self)


@dataclass(slots=True, kw_only=True)
class Limits:
    """Sizes and numbers that the service allows, and requests a second; None is no limit."""

    second: float | None = None
    answer_bytes: int | None = 7_340_032
    bulk_items: int = 200
    bulk_running: int = 5
    release_items: int = 200
    release_actions: int | None = None  # open ones of an environment: "the publish limit"
    links: int = 1_000
    tags: int = 1_000
    tags_of_one: int = 100
    fields: int = 50
    entry_bytes: int = 2_097_152
    file_bytes: int = 1_048_576_000
    image_bytes: int = 20_971_520
    file_name: int = 256
    uri: int = 7_600
    scheduled: int = 500
    operation_entries: int = 10_000
    workflow_definitions: int = 20
    workflow_steps: int = 20
    locales: int | None = None
    content_types: int | None = None
    entries: int | None = None
    assets: int | None = None
    releases: int | None = None
    extensions: int | None = None
    roles: int | None = None
    webhooks: int | None = None
    environments: int | None = None
