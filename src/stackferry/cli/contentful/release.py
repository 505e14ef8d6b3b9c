"""`stackferry release` on a space: Timeline and Launch releases, by the API's own operations."""

from __future__ import annotations

from stackferry.cli.contentful import release_actions, release_bodies, release_list, release_records
from stackferry.cli.contentful.release_group import command

__all__ = ["command", "release_actions", "release_bodies", "release_list", "release_records"]
