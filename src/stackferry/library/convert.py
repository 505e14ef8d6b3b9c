"""`stackferry.convert`: between a snapshot and the exports of vendors' own tools."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from stackferry.drivers.events import Emit, silent
from stackferry.errors import UsageError
from stackferry.formats.contentful.convert import snapshot_to_contentful_file
from stackferry.formats.csdx.convert import snapshot_to_csdx
from stackferry.formats.exports import export_to_snapshot
from stackferry.io.storage.os_errors import check_parents
from stackferry.io.storage.snapshot import Snapshot
from stackferry.library.monitor import Monitor
from stackferry.library.reports import ConvertReport
from stackferry.library.state import counts

if TYPE_CHECKING:
    from stackferry.model import Gap


def convert(
    source: str | Path,
    out: str | Path,
    *,
    to: Literal["stackferry", "csdx", "contentful"] = "stackferry",
    branch: str = "",
    keep_secrets: bool = False,
    on_event: Emit = silent,
    monitor: Monitor | None = None,
) -> ConvertReport:
    """Make a snapshot of a vendor's export, or (`to`) such an export of a snapshot. `source` is left as it is.

    What the other layout cannot hold is a gap. `branch`: the one of an export that holds several. `keep_secrets`: keep
    credentials that an export holds. Raises UsageError for what is no export or snapshot, and for an `out` that holds
    anything else; SnapshotCorrupt for a damaged one.
    """
    watching = monitor or Monitor()
    check_parents(Path(out))
    lost: list[Gap] = []
    if to == "stackferry":
        made = export_to_snapshot(
            Path(source), Path(out), branch=branch, keep_secrets=keep_secrets, emit=on_event
        )
    elif to in ("csdx", "contentful"):
        made = Snapshot(Path(source))
        write = snapshot_to_csdx if to == "csdx" else snapshot_to_contentful_file
        lost = write(made, Path(out), on_event, watching.when_reported)
    else:
        raise UsageError(f"to={to!r}: it must be 'stackferry', 'csdx' or 'contentful'")
    return ConvertReport(
        objects=counts(made),
        gaps=[*made.gaps(), *(gap.as_json() for gap in lost)],
        limits=made.limits(),
        requests=watching.requests,
        seconds=watching.seconds,
        snapshot=made,
    )
