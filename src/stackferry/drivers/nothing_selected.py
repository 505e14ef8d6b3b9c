"""Says aloud that a selection matches nothing: a name that is misspelled looks like content that is not there."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from stackferry.json_values import as_list

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stackferry.model import Json
    from stackferry.providers.selection import Selection
    from stackferry.providers.source import RecordStore
    from stackferry.providers.system import System

_log = logging.getLogger("stackferry")


def warn_if_nothing_selected(system: System, source: RecordStore, selection: Selection) -> None:
    """Warn where a narrowed selection leaves no entry of `source`."""
    streams = (stream for stream in source.streams() if stream.kind == system.entry_kind)
    # What has a uid was found, or refused; and a release may hold assets only.
    is_query = selection.is_narrow and not selection.uids and not selection.release
    if is_query and not any(next(source.objects(stream), None) for stream in streams):
        kind = system.words.labels.get(system.entry_kind, system.entry_kind)
        _log.warning("0 %s match %s: check the names", kind, _words(selection.narrowing_json()))


def _words(facts: Mapping[str, Json]) -> str:
    """What was asked for, as it was given."""
    values = {name: ", ".join(map(str, as_list(value))) or str(value) for name, value in facts.items()}
    return "; ".join(f"{name.replace('_', ' ')} {value}" for name, value in values.items())
