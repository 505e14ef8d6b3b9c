"""What `verify --against` and `diff` do not compare, each with its reason. Everything else of every object is compared.

docs/azure-devops.md shows these rows, and a test changes every key of every kind to prove that there are no others.
"""

from __future__ import annotations

from typing import Final

from stackferry.providers.differences import NotCompared

_OF_RELEASES: Final = "it follows from the releases, which are compared"
_ADDRESS: Final = "an address of the API, which follows from ids"
_PERSON: Final = "somebody is compared by the unique name, else by the display name, else by the id"

OF_ONE_PLACE: Final = (
    NotCompared("*", "**/_links", _ADDRESS),
    NotCompared("*", "**/<url of the API>", _ADDRESS),
    NotCompared("definitions", "lastRelease", _OF_RELEASES),
    NotCompared("definitions", "environments/*/currentRelease", _OF_RELEASES),
    NotCompared(
        "*", "**/<reference>/name", "what has a record of its own is compared there, and here by its id"
    ),
    NotCompared("*", "**/<person>/displayName", _PERSON),
    NotCompared("files", "<bytes of a zip>", "of zips with other bytes the members are compared"),
    NotCompared(
        "*", "<save>", "revision, time, author and comment of a save: told where nothing else differs"
    ),
    NotCompared(
        "*", "<attempt>", "what follows from an attempt that is new or has another result: that is told"
    ),
    NotCompared("*", "<vanished>", "what the service no longer has and an archive keeps: listed as vanished"),
    NotCompared("*", "<credentials>", "snapshots redact them, unless they were made with --keep-secrets"),
)


_ONLY_IN_ARCHIVES: Final = (
    "definition_history", "definition_revisions", "definition_snapshots", "deployments", "manual_interventions",
    "files", "deleted_definitions", "deleted_releases",
)  # fmt: skip
_POINTED_AT: Final = (
    "variable_groups", "task_groups", "queues", "deployment_groups", "secure_files", "connections", "builds",
)  # fmt: skip
_SERVICE: Final = "the service sets it: ids, revisions, times, authors, addresses"
_HISTORY: Final = "what was done is history, which cannot be done again; the archive is the evidence"
_MAPPED: Final = "no import makes them; what points at them is compared by name"

OTHER_PLACE: Final = (
    NotCompared(
        "definitions", "<of the service>", f"{_SERVICE}; `lastRelease`, `isDeleted`, `source`, `comment`"
    ),
    NotCompared("definitions", "environments/*/<ids>", f"{_SERVICE}; `badgeUrl`, `currentRelease`"),
    NotCompared(
        "definitions", "environments/*/<before 4.0>", "`deployStep`, `queueId`, `runOptions`: jobs say it"
    ),
    NotCompared(
        "definitions",
        "artifacts/*/sourceId",
        "it is made of ids of what is compared by name",
    ),
    NotCompared("definitions", "<triggers that are off>", "an import leaves them off: each is a gap"),
    NotCompared("releases", "<history>", f"{_HISTORY}; stages are compared by name and variables"),
    NotCompared(
        "releases", "artifacts/*/<version>", "number and branch are compared; the rest is read from the build"
    ),
    NotCompared(
        "releases",
        "<older revision>",
        "one that is made anew has the stages and artifacts of today",
    ),
    NotCompared("releases", "properties/stackferry.*", "the mark of an import"),
    NotCompared("releases", "tags/<order>", "its order means nothing"),
    NotCompared("folders", "<of the service>", _SERVICE),
    *(NotCompared(kind, "*", _HISTORY) for kind in _ONLY_IN_ARCHIVES),
    *(NotCompared(kind, "*", _MAPPED) for kind in _POINTED_AT),
    NotCompared("*", "<credentials>", "snapshots redact them, unless they were made with --keep-secrets"),
    NotCompared(
        "*",
        "<secret variables>",
        "the service never gives their values; that they are secret is compared; one of a release alone is a gap",
    ),
    NotCompared(
        "*", "<empty>", "null, empty and absent are one value, but for a variable, which is there or not"
    ),
    NotCompared(
        "*", "<only in the target>", "`verify` leaves out what the target has besides; `diff` tells it"
    ),
)
