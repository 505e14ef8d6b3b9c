"""What an emulated organization and its spaces hold beside environments.

Plain dataclasses that a test may read and change; the package's `__init__` lists what inserts raw objects.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from stackferry.json_values import as_object, text

if TYPE_CHECKING:
    from pathlib import Path

    from stackferry.emulators.contentful.environment import Environment, Rows
    from stackferry.model import JsonObject

SpaceKind = Literal["webhooks", "roles", "api_keys", "preview_api_keys", "aliases", "scheduled_actions"]


@dataclass(slots=True)
class Access:
    """What a token may do. `refused` has a status (403 or 404) for each kind that it may not see, by path segment."""

    user: str
    can_write: bool = True
    refused: dict[str, int] = field(default_factory=dict)
    is_admin: bool = True


@dataclass(slots=True)
class StoredFile:
    """The bytes behind a file's URL, and what their type is said to be. Without content the URL answers 404."""

    content: bytes | Path | None
    content_type: str
    secure: bool = False  # embargoed: only a signed URL opens it


@dataclass(slots=True)
class Upload:
    """Bytes that wait for an asset. They are there for 24 hours."""

    content: bytes
    expires: float  # seconds of the emulator's clock
    raw: JsonObject


@dataclass(slots=True)
class Organization:
    """What all spaces of an organization share."""

    id: str
    raw: JsonObject
    users: Rows = field(default_factory=dict)
    concepts: Rows = field(default_factory=dict)
    concept_schemes: Rows = field(default_factory=dict)
    app_definitions: Rows = field(default_factory=dict)
    environment_templates: Rows = field(default_factory=dict)


@dataclass(slots=True)
class Space:
    """One space: its tokens, its environments and what all environments share.

    `refused` has a status for each kind that its plan does not offer, by path segment: `{"workflows": 404}`.
    """

    id: str
    raw: JsonObject
    organization: Organization
    user: str
    tokens: dict[str, Access] = field(default_factory=dict)
    environments: dict[str, Environment] = field(default_factory=dict)
    locale_publishing: bool = True  # entries and assets can be published by locale
    embargoed: bool = False  # files need signed URLs
    refused: dict[str, int] = field(default_factory=dict)
    aliases: Rows = field(default_factory=dict)
    webhooks: Rows = field(default_factory=dict)
    roles: Rows = field(default_factory=dict)
    api_keys: Rows = field(default_factory=dict)
    preview_api_keys: Rows = field(default_factory=dict)
    scheduled_actions: Rows = field(default_factory=dict)
    users: Rows = field(default_factory=dict)
    memberships: Rows = field(default_factory=dict)
    signing_secret: str = ""  # of webhooks
    uploads: dict[str, Upload] = field(default_factory=dict)
    files: dict[str, StoredFile] = field(default_factory=dict)  # by path of their URL
    asset_keys: dict[str, str] = field(default_factory=dict)  # policy → secret

    @property
    def master(self) -> Environment:
        """The environment that `master` is, or is an alias of."""
        return self.environments[self.target_of("master")]

    def target_of(self, name: str) -> str:
        """The id of the environment that a name means: its own, or that of an alias."""
        alias = as_object(as_object(self.aliases.get(name)).get("environment"))
        return text(as_object(alias.get("sys")).get("id")) or name

    def put(self, kind: SpaceKind, raw: JsonObject) -> None:
        """An object of a kind that all environments share and that is one table of plain records: a copy of it."""
        raw = copy.deepcopy(raw)
        sys = {name: value for name, value in as_object(raw.get("sys")).items() if name != "space"}
        getattr(self, kind)[text(sys.get("id"))] = {**raw, "sys": sys}
