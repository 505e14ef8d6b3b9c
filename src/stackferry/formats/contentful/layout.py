"""What a file of contentful-export holds, and what it cannot.

It is one JSON object: a list of the API's objects under a name for each kind, in any order; a list that is absent was
skipped. Files of assets lie beside it: HOST/SPACE/ASSET/TOKEN/NAME, as their addresses read. Source: the exporter's and
the importer's own code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.providers.contentful import kinds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stackferry.providers.contentful.kinds import Kind

MADE_BY: Final = "contentful-export"

KINDS: Final[Mapping[str, Kind]] = {
    "contentTypes": kinds.CONTENT_TYPES,
    "tags": kinds.TAGS,
    "editorInterfaces": kinds.EDITOR_INTERFACES,
    "entries": kinds.ENTRIES,
    "assets": kinds.ASSETS,
    "locales": kinds.LOCALES,
    "webhooks": kinds.WEBHOOKS,
    "roles": kinds.ROLES,
    "releases": kinds.RELEASES,
}
"""The lists of a file, in the order in which they are written."""

PASSED: Final[Mapping[str, str]] = {
    "designTokens": "design_tokens",
    "components": "components",
    "experienceTemplates": "experience_templates",
    "dataAssemblies": "data_assemblies",
    "experienceFragments": "experience_fragments",
    "experiences": "experiences",
}
"""Lists of what no import writes: they are kept, and written again."""

LIVE: Final[Mapping[str, Kind]] = {
    "contentTypes": kinds.PUBLISHED_CONTENT_TYPES,
    "entries": kinds.PUBLISHED_ENTRIES,
    "assets": kinds.PUBLISHED_ASSETS,
}
"""What is live where it is not what a list shows."""

HISTORIES: Final[Mapping[str, Kind]] = {
    "contentTypes": kinds.CONTENT_TYPE_SNAPSHOTS,
    "entries": kinds.ENTRY_SNAPSHOTS,
}

NEVER_HELD: Final = (
    *(kinds.CONCEPTS, kinds.CONCEPT_SCHEMES, kinds.EXTENSIONS, kinds.APP_INSTALLATIONS, kinds.UI_CONFIG),
    *(kinds.RELEASE_ENTRIES, kinds.RELEASE_ASSETS, kinds.SCHEDULED_ACTIONS, kinds.WORKFLOW_DEFINITIONS),
    *(kinds.WORKFLOWS, kinds.TASKS, kinds.COMMENTS),
)
"""Kinds that an import could bring and of which the file holds nothing."""

RECORDED: Final = (
    *(kinds.SPACE, kinds.RELEASE_ACTIONS, kinds.API_KEYS, kinds.PREVIEW_API_KEYS, kinds.ENVIRONMENT_ALIASES),
)
"""Kinds of which the file holds nothing, and which no import brings."""
