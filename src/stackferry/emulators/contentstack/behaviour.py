"""What a real stack may do either way, and the limits that it may set: one field for each.

The API pages are silent about these points. Defaults are what is likely, or else what is hardest on a client.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from stackferry.emulators.switch_values import refuse_unknown_values


@dataclass(frozen=True, slots=True, kw_only=True)
class Switches:
    """How the emulated service behaves where its documents leave it open."""

    import_keeps_uid: bool = False
    """An entry import keeps the uid in the file (when it is free) instead of assigning a new one."""

    import_checks_references: bool = True
    """An entry import is refused when it references what the stack does not hold (page: Import an entry)."""

    write_checks_references: bool = False
    """Create and update are refused for such references too."""

    overwrite_replaces: bool = False
    """`overwrite=true` drops the fields that the imported file lacks; else it merges as an update does."""

    other_locale_creates_master: bool = True
    """Creating an entry in another language than the master one creates a master document as well."""

    unmarked_instance_unlinks: bool = True
    """An update in another language cuts the instance of a repeated group or block off from the master document when
    it lacks `non_localizable_content`: its own values count from then on; else only its `_metadata.uid` matters."""

    create_uid: Literal["ignored", "kept"] = "ignored"
    """A uid that is sent with a new entry: another one is given, or it is kept where it is free and refused else."""

    asset_must_exist: bool = True
    """A file field with an asset that the branch lacks is refused; else the uid is stored and answered as it is."""

    file_names: Literal["replaced", "kept"] = "replaced"
    """Characters that a file's name may not have become `_` (page: Limits for Assets), or the name is kept."""

    rte_uids_made: bool = True
    """A node of a JSON rich text that is sent without a uid gets one."""

    trash: bool = True
    """What is deleted is kept for 14 days, and can be restored; else it is gone at once."""

    trash_holds_unique: bool = True
    """Values that must be unique (titles, URLs) are taken as long as their entry is in the trash."""

    asset_restore: bool = True
    """`PUT /assets/{uid}/restore` gives a file in the trash back. No page has the call; published scripts use it."""

    trash_answers_object: bool = True
    """The answer of a call that has something back shows it, else it is a notice alone (no page shows the answer)."""

    trash_api: bool = False
    """`GET /trash` and `POST /trash/{uid}/restore` serve every kind. Only answers of the vendor's support have them."""

    localize_copies_fallback: bool = False
    """A first write into a language starts from the fallback's content, instead of from nothing."""

    group_update: Literal["replaced", "merged"] = "replaced"
    """What an update that names a group makes of fields inside that it does not name: they go, or they stay. Of a
    repeated one all instances are replaced (page: Update an entry, UPDATE operation); of a single one no page says."""

    instance_uids: Literal["kept", "new"] = "kept"
    """What becomes of the uid that is sent with an instance of a group which the entry does not have yet: it is kept,
    or another one is given (page: Localize an entry; one finds it by reading the master document)."""

    null_is_kept: bool = True
    """A field cleared with null answers null afterwards, instead of being absent."""

    publish_lists_fallback: bool = True
    """Publish details list a language that only falls back to the document."""

    bulk_schedule_needs_version: bool = True
    """A bulk request with a time is refused where an entry has no version, instead of taking the latest."""

    bulk_fallback_version: Literal["latest", "named"] = "latest"
    """What a bulk publish shows in a language that falls back to the item's: the latest version, or the item's."""

    prelocal_details: Literal["master", "document", "both"] = "master"
    """Who lists what is live in a language from before it was localized: the master document, its own, or both."""

    variant_publishes_entry: Literal["unless forbidden", "always"] = "unless forbidden"
    """An entry that is not live is published along with its variant; `variant_rules` may forbid it, or never do."""

    variant_publish_takes_metadata: bool = True
    """A call that publishes variants alone takes along what extensions keep beside their entry, as one that publishes
    the entry does (page: Publish an entry); of variants no page says it."""

    deployment_takes_metadata: bool = False
    """A deployment of a release takes along what extensions keep beside its items, as a single publish does; of
    deployments no page says it, and a bulk publish does not."""

    unpublish_takes_metadata: bool = True
    """A call that unpublishes one entry or asset takes down what extensions keep beside it, too (no page says)."""

    variant_versions_read: bool = True
    """`version` beside a variant gives that version of it; else it is not found (no page has the call)."""

    delete_all_takes_locale: bool = True
    """`delete_all_localized` deletes every language whatever `locale` stands beside it, else another is refused."""

    empty_release_deploys: bool = True
    """A release without items is deployed, and nothing happens; else it is refused."""

    scheduled_deployment: Literal["queue", "status", "both"] = "both"
    """Where a deployment that is still to come is shown: in the publish queue, in its release's status, or in both."""

    deployment_rows: Literal["release", "items", "both"] = "release"
    """Which rows of the publish queue tell of a deployment: one for the release, as in the tests of the vendor's Python
    client, or one for each item."""

    queue_queries: bool = True
    """The publish queue is sorted and filtered as asked; else its newest rows come first, whatever is asked."""

    settings_access: Literal[200, 401, 403] = 401
    """What a management token gets that asks for the settings of the stack, or sets them: they are no right of such
    tokens (page: Stacks); which refusal it gets, no page says."""

    branch_reading: Literal[200, 401, 403, 404, 422] = 200
    """What a management token gets that asks for branches or aliases: an answer, or a refusal with this status."""

    fork_versions: Literal["all", "latest"] = "all"
    """Which versions of entries and assets a new branch has of those of its source."""

    fork_publishes: bool = True
    """What is live from a branch is live from a new one of it too (pages: it inherits "as it is")."""

    fork_publish_times: Literal["kept", "new"] = "kept"
    """Since when that is live there: the time in the source, or that of the new branch."""

    fork_variants: bool = True
    """A new branch has the variant groups and the variants of its source; one page says that they are main's only."""

    variant_dates_group: bool = True
    """A group of variants counts as edited when one of them is, or a type is linked to it; else only when it is edited
    itself, and a link has no time at all (page: Variant Groups shows times of groups and of variants, no rule)."""

    stage_locks: bool = True
    """The `entry_lock` of a workflow's stage holds for management tokens: an entry in it is neither updated nor deleted
    by them (the guide speaks of users and roles); else they may always."""

    variant_lock: Literal["own", "entry", "none"] = "own"
    """Which stage's `entry_lock` refuses writes of a variant: its own one's, its entry's, or none's (no page says)."""

    page_rows: int = 100
    """The most rows of one answer, whatever `limit` asks for."""

    counts: bool = True
    """Lists give the `count` that `include_count` asks for."""

    rate_headers: bool = True
    """Answers carry `x-ratelimit-limit` and `x-ratelimit-remaining`."""

    shared_budget: bool = False
    """Reads and writes count against one limit (the smaller one)."""

    bulk_items: int = 10
    """How many items a bulk publish or unpublish takes (the documents say 10, the vendor's CLI sends 50)."""

    check_schema_references: bool = True
    """A content type is refused when a field refers to one that does not exist (its own is allowed)."""

    duplicate_rte_uid: Literal["off", "entry", "stack"] = "stack"
    """Where a JSON RTE document uid must be unique when an entry is created; updates are never refused for it."""

    localized_taxonomies: bool = True
    """Taxonomies and terms have names in other languages; else the plan has no such feature: asking is refused."""

    metadata_in_body: bool = False
    """`_metadata.extensions` in an entry's body is stored; else only the calls of `/metadata` make it."""

    scan_of_uploads: Literal["", "pending", "clean", "quarantined", "not_scanned"] = ""
    """The scan status that an uploaded or replaced file has from then on; without one the service scans nothing."""

    permanent_url_twice: Literal["refused", "ignored"] = "refused"
    """What becomes of a second permanent address of an asset: it is set once."""

    permanent_url_makes_version: bool = False
    """Setting the permanent address of an asset is a change of the asset, with a version of its own."""

    next_stages_default: Literal["empty", "absent"] = "absent"
    """What a workflow stage answers as `next_available_stages` that was created without it: `[]`, or no such key."""

    taxonomy_file_is_whole: bool = False
    """The file of a taxonomy in another language is refused when it lacks a term's parent."""

    order_inserts: bool = True
    """A term that is put to an order that is taken moves that sibling and later ones up; else both have the same."""

    order_closes: bool = False
    """With `order_inserts`: the siblings behind a term that is moved away move down, before it is put elsewhere."""

    tree_order: Literal["file", "uid"] = "file"
    """In which order the siblings of a taxonomy's file stand after its import."""

    tree_terms: int = 10_000
    """How many terms of a taxonomy's file are imported; the answer's `terms_count` says how many there are."""

    environment_takes_any_locale: bool = False
    """An environment takes addresses for languages that the branch lacks; else it is refused (no page says)."""

    taxonomy_publishing: bool = True
    """Taxonomies can be published; else the service does not know the calls."""

    taxonomy_details: Literal["own", "all"] = "own"
    """Of which languages a taxonomy's row lists publish details: its own (as the vendor's CLI reads them), or all."""

    webhook_update: Literal["merged", "whole"] = "merged"
    """An update of a webhook that lacks a field keeps it, or is refused (no page says)."""

    fills_in: bool = False
    """The service adds keys to what is sent: to fields of a type those that say nothing (`false`, `{}`), to stages of a
    workflow `"entry_lock": "$none"`, to a picture its `dimension`. Only some fields of real exports have the first;
    stages in them lack the second, which the vendor's clients send; the third is asked for by the vendor's tests."""

    fills_booleans: bool = False
    """A version of an entry that does not name a boolean field has `false` in it, also inside groups and blocks; else
    it has nothing there (no page says)."""

    missing_status: Literal[404, 422] = 422
    """The status that goes with "not found" (both have been seen)."""

    job_requests: int = 0
    """A bulk job or a release deployment is done after so many more requests."""

    job_status: Literal["word", "number"] = "word"
    """How a bulk job tells how far it is: in a word, as in the vendor's JavaScript tests, or by a number of the bulk
    task queue (1 waiting, 2 queued, 3 running, 4 done, 5 done in part, 6 failed). No API page has either."""

    job_seconds: float = 0.0
    """… and after so many seconds of the emulator's clock, whichever comes last."""

    def __post_init__(self) -> None:
        refuse_unknown_values(self)


@dataclass(slots=True, kw_only=True)
class RateLimits:
    """Requests a second for each of the service's budgets; None is no limit."""

    read: float | None = None
    write: float | None = None
    bulk: float | None = None
