"""Places by URL, and the directories that stackferry keeps its state in. Profiles: `io/profiles.py`.

This module must never print and never talk to a service.
"""

from __future__ import annotations

import os
import pwd
from pathlib import Path
from typing import NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit

import platformdirs

from stackferry.errors import UsageError


class PlaceParts(NamedTuple):
    """The parts of a place's URL, decoded. What the URL lacks is empty; the system says what it needs."""

    system: str
    key: str
    host: str
    path: str
    secure: bool


def split_place(text: str) -> PlaceParts:
    """The parts of `SYSTEM://KEY@HOST/PATH`, or of `SYSTEM+http://…` for plain HTTP.

    Raises UsageError for anything else; a credential in the URL is refused without being repeated.
    """
    url = _split_url(text)
    system, _, plain = url.scheme.partition("+")
    if not system or plain not in ("", "http"):
        raise UsageError(f"'{url.scheme}://' is not a system; a place reads SYSTEM://KEY@HOST/NAME")
    if url.password is not None:
        raise UsageError("a place holds no credential: give it in STACKFERRY_TOKEN or a token file")
    host = url.netloc.rpartition("@")[2] if url.hostname else ""
    return PlaceParts(system, unquote(url.username or ""), host, unquote(url.path.strip("/")), not plain)


def _split_url(text: str) -> SplitResult:
    try:
        url = urlsplit(text)
        _ = url.port
    except ValueError as error:
        raise UsageError(f"this place is not a URL: {error}") from error
    if url.query or url.fragment:
        raise UsageError("a place has no query and no fragment")
    return url


def is_place(text: str) -> bool:
    """Whether a word on the command line is meant as a URL, not as a directory or a profile."""
    return "://" in text


def state_directory() -> Path:
    """The directory of imports' checkpoints and of copies under way."""
    return Path(platformdirs.user_state_dir("stackferry"))


def lock_directory() -> Path:
    """Where all runs of this user on this machine look for the locks of targets.

    In the home directory of the account, whatever HOME and XDG_STATE_HOME say: two runs with other settings still write
    to the same target. STACKFERRY_LOCK_DIR moves it, for tests.
    """
    moved = os.environ.get("STACKFERRY_LOCK_DIR")
    return (
        Path(moved) if moved else Path(pwd.getpwuid(os.getuid()).pw_dir) / ".local/state/stackferry/targets"
    )
