"""What an emulated stack holds: its credentials, its branches, and what all of them share.

A plain dataclass that a test may read. `put` and `put_…` insert raw objects as they are, like those of a branch.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from stackferry.emulators.contentstack.trash import Trash
from stackferry.json_values import objects, text

if TYPE_CHECKING:
    from stackferry.emulators.contentstack.state import Branch, Job, Rows
    from stackferry.emulators.contentstack.webhooks import WebhookEvent
    from stackferry.model import JsonObject

StackKind = Literal["environments", "webhooks", "workflows", "publish_rules", "roles"]


@dataclass(slots=True)
class Taxonomy:
    """A taxonomy, its terms and its names in other languages."""

    raw: JsonObject
    terms: Rows = field(default_factory=dict)  # uid, name, parent_uid, order
    translations: dict[str, Rows] = field(default_factory=dict)  # locale → {"": taxonomy, term uid: term}
    live: dict[tuple[str, str], JsonObject] = field(
        default_factory=dict
    )  # (environment uid, locale) → details


@dataclass(slots=True)
class Stack:
    """One stack: its credentials, its branches and what all branches share."""

    api_key: str
    name: str
    raw: JsonObject
    management_tokens: set[str]
    read_only_tokens: set[str]
    authtokens: set[str]
    oauth_tokens: set[str]
    user: str
    branches: dict[str, Branch] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    environments: Rows = field(default_factory=dict)
    webhooks: Rows = field(default_factory=dict)
    workflows: Rows = field(default_factory=dict)
    publish_rules: Rows = field(default_factory=dict)
    roles: Rows = field(default_factory=dict)
    delivery_tokens: Rows = field(default_factory=dict)
    management_token_list: Rows = field(default_factory=dict)
    taxonomies: dict[str, Taxonomy] = field(default_factory=dict)
    trash: Trash = field(default_factory=Trash)  # of taxonomies and terms
    jobs: dict[str, Job] = field(default_factory=dict)
    merges: Rows = field(default_factory=dict)  # of branches
    webhook_events: list[WebhookEvent] = field(default_factory=list)  # all that were sent, in their order
    settings: JsonObject = field(default_factory=dict)

    @property
    def main(self) -> Branch:
        """The branch that a request without a `branch` header means."""
        return self.branches["main"]

    def branch(self, name: str) -> Branch | None:
        return self.branches.get(self.aliases.get(name, name))

    def put(self, kind: StackKind, raw: JsonObject) -> None:
        """An object of a kind that all branches share and that is one table of plain records: a copy of it."""
        getattr(self, kind)[text(raw.get("uid"))] = copy.deepcopy(raw)

    def put_taxonomy(self, raw: JsonObject, locale: str | None = None) -> None:
        """A taxonomy, or with a locale its name and description in that language; with where it is live."""
        uid, details = text(raw.get("uid")), objects(raw.get("publish_details"))
        raw = {name: value for name, value in raw.items() if name != "publish_details"}
        if uid not in self.taxonomies:
            self.taxonomies[uid] = Taxonomy(raw)
        if locale:
            self.taxonomies[uid].translations.setdefault(locale, {})[""] = raw
        else:
            self.taxonomies[uid].raw = raw
        for detail in details:
            code = text(detail.get("locale")) or locale or self.main.master_locale
            self.taxonomies[uid].live[text(detail.get("environment")), code] = {**detail, "locale": code}

    def put_term(self, taxonomy_uid: str, raw: JsonObject, locale: str | None = None) -> None:
        """A term {"uid", "name", "parent_uid", "order"}, or with a locale its name in that language."""
        taxonomy = self.taxonomies[taxonomy_uid]
        uid = text(raw.get("uid"))
        if locale:
            taxonomy.translations.setdefault(locale, {})[uid] = raw
        if not locale or uid not in taxonomy.terms:
            siblings = [
                one for one in taxonomy.terms.values() if one.get("parent_uid") == raw.get("parent_uid")
            ]
            taxonomy.terms[uid] = {"order": len(siblings) + 1, **raw}
