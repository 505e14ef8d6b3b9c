"""`stackferry.mapping`: which thing of a target is which of a snapshot, proposed for a file to edit."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from stackferry.drivers.events import Emit, silent
from stackferry.drivers.mapping_run import propose_mapping
from stackferry.io.storage.named_file import write_named
from stackferry.library.connect import Connector, PlaceLike, Token, find_endpoint, single_error
from stackferry.library.import_ import own_options, refuse_other_system
from stackferry.library.mappings.mapping_file import mapping_lines
from stackferry.library.monitor import Monitor
from stackferry.library.speed import Speed
from stackferry.library.state import open_snapshot
from stackferry.providers.target import WriteOptions

if TYPE_CHECKING:
    from stackferry.io.storage.snapshot import Snapshot
    from stackferry.providers.mapping import MappedName


async def mapping(
    target: PlaceLike,
    snapshot: str | Path | Snapshot,
    *,
    write: str | Path | None = None,
    token: Token = None,
    options: WriteOptions | None = None,
    speed: Speed | None = None,
    on_event: Emit = silent,
    monitor: Monitor | None = None,
) -> list[MappedName]:
    """What a snapshot points at, and what that is in a place, as far as names tell. Writes nothing there.

    `write` is a file that is written anew (TOML). When it is filled in, an import takes what it says:
    `AzureWriteOptions(mapping=read_mapping(file))`, both of `stackferry.azure_devops`. Raises UsageError for a system
    whose imports map nothing; AccessError or ServiceError.
    """
    connector = Connector(speed or Speed(), on_event, monitor or Monitor())
    with single_error():
        endpoint = find_endpoint(target, "target", token)
        held = open_snapshot(snapshot, on_event)
        refuse_other_system(held, endpoint)
        own = own_options(endpoint, options or WriteOptions())
        async with connector.run(endpoint) as run:
            found = await propose_mapping(run, held, own)
    if write is not None:
        write_named(Path(write), (f"{line}\n".encode() for line in mapping_lines(found)))
    return found
