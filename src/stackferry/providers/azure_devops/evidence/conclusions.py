"""What an auditor may and may not conclude from the rows: sentences for the head of a report. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.json_values import as_list, as_object, nested, objects

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.providers.azure_devops.evidence.archive import Archive
    from stackferry.providers.evidence import Wanted

_MAY: Final = (
    (
        "A row is one attempt to deploy one release to one stage, in the service's own words and times. Only "
        "the marks are computed."
    ),
    (
        "An approval names whom the service asked (approver), who really answered (approved_by), when and with "
        "which words; an automated one was given by nobody."
    ),
    (
        "Every file of an archive except the logs was just compared with its manifest. If the digest of the "
        "manifest is the one that was noted when the archive was made, nothing in it was changed since."
    ),
    (
        "The log of a row is the file of that SHA-256 in the archive: the zip with the logs of all attempts of "
        "the release. `stackferry verify` reads them all."
    ),
    (
        "A row that vanished is evidence that the service had this attempt, and no longer has it since the time given, "
        "or some time before."
    ),
)
_MAY_NOT: Final = (
    (
        "That nothing else was deployed: nothing tells of releases that the service destroyed before the first "
        "archive; and deployments that did not go through a classic release are not here."
    ),
    (
        "That an archive is genuine: its files fit its manifest, but whoever can write both can change both. Keep the "
        "digest of the manifest elsewhere."
    ),
    "Who ignored a gate, or passed an approval on to somebody else: a row does not say it.",
    "Which person is behind a name: names are those of accounts at the service, and who left may have only an id.",
    (
        "That a skipped approval was withheld: it may have been left out because one of several approvers was "
        "enough, or by a rule of the stage."
    ),
)


def may_conclude(archives: list[Archive]) -> list[str]:
    """What the rows prove."""
    whole = [one for one in archives if not one.selection and not objects(one.manifest.get("gaps"))]
    complete = [
        "The archives that lack nothing hold every attempt that the service still listed when they were made."
    ]
    return [*_MAY, *(complete if whole else ())]


def may_not_conclude(archives: list[Archive], wanted: Wanted) -> list[str]:
    """What they do not prove: in general, then of these archives."""
    return [*_MAY_NOT, *_of_these(archives, wanted)]


def _of_these(archives: list[Archive], wanted: Wanted) -> Iterator[str]:
    if wanted.as_json():
        yield "Anything about attempts that were not asked for: the rows are those of the selection in the head."
    if any(one.selection for one in archives):
        yield "Anything about what an archive was narrowed to leave out: see its selection."
    if gaps := sum(len(objects(one.manifest.get("gaps"))) for one in archives):
        yield f"Anything about what could not be read: {gaps:,} gaps are listed."
    if unfinished := sum(len(as_list(one.manifest.get("unfinished"))) for one in archives):
        yield (
            f"How {unfinished:,} releases went on that were under way, waited or were drafts when they were read: rows "
            "without an end show a moment."
        )
    if any(nested(as_object(one.manifest), "options", "logs") is False for one in archives):
        yield "What a log said where an archive was made without logs."
    if redacted := sum(len(as_list(one.manifest.get("redacted"))) for one in archives):
        yield f"The words in {redacted:,} places that look like credentials: they read REDACTED."
