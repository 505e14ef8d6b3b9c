"""Objects that are plain records with a name: environments, extensions, labels, webhooks, roles, tokens.

Each is a row of `COLLECTIONS`; the five calls of a collection are the same for all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stackferry.emulators.application import Answer
from stackferry.emulators.contentstack.api_errors import NOT_UNIQUE, NOT_VALID, REQUIRED, ApiError, invalid
from stackferry.emulators.contentstack.listing import get_one, list_answer
from stackferry.emulators.contentstack.request import not_found, with_authorship, with_branch
from stackferry.emulators.routing import Route
from stackferry.emulators.values import text_items
from stackferry.json_values import as_list, objects, text

if TYPE_CHECKING:
    from collections.abc import Callable

    from stackferry.emulators.contentstack.request import Call
    from stackferry.emulators.contentstack.state import Rows
    from stackferry.model import JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """Where the rows of a kind are, how they are called, and what a row must have."""

    name: str
    path: str = ""  # by default the name's plural
    label: str = ""  # in messages; by default the name
    rows: Callable[[Call], Rows]
    key: str = "name"  # required and unique; empty where rows have no such field
    code: int = 119
    takes_uid: bool = False  # the client may choose the uid
    bare_updates: bool = False  # an update may come without the key around it
    found_by_key: bool = False  # the path may hold a row's name in place of its uid
    check: Callable[[Call, JsonObject], None] | None = None  # raises `ApiError` for a row that is not valid
    check_update: Callable[[Call, JsonObject], None] | None = None  # the same for what an update names
    show: Callable[[Call, JsonObject], JsonObject] = lambda _, raw: raw  # a row as it is answered
    deleted: Callable[[Call, str], None] | None = None  # what becomes of the rest when a row is deleted

    @property
    def _path(self) -> str:
        return self.path or f"/{self.name}s"

    @property
    def _label(self) -> str:
        return self.label or self.name.replace("_", " ").capitalize()

    def find(self, call: Call) -> JsonObject:
        """The row in the path. Raises 141."""
        given, rows = call.args["uid"], self.rows(call)
        raw = rows.get(given)
        if raw is None and self.found_by_key:
            # Uids go before names.
            raw = next((row for row in rows.values() if row.get(self.key) == given), None)
        if raw is None:
            raise not_found(
                call, 141, f"The {self._label.lower()} '{given}' was not found. Please try again."
            )
        return raw

    def list_rows(self, call: Call) -> Answer:
        plural = self._path.rpartition("/")[2]
        return list_answer(
            call, plural, self.rows(call).values(), show=lambda raw: with_branch(call, self.show(call, raw))
        )

    def create(self, call: Call) -> Answer:
        sent = call.section(self.name)
        self._check_key(call, sent, None, "creation")
        chosen = text(sent.get("uid")) if self.takes_uid else ""
        if chosen in self.rows(call):
            raise ApiError(422, self.code, f"{self._label} creation failed.", {"uid": [NOT_UNIQUE]})
        raw = self._put(call, with_authorship(call, {**sent, "_version": 1}, {"uid": chosen}))
        return Answer(
            {"notice": f"{self._label} created successfully.", self.name: self.show(call, raw)}, 201
        )

    def update(self, call: Call) -> Answer:
        before = self.find(call)
        if self.check_update:
            self.check_update(call, call.section(self.name))
        is_bare = self.bare_updates and self.name not in call.json()
        merged = {**before, **(call.json() if is_bare else call.section(self.name))}
        self._check_key(call, merged, before, "update")
        raw = self._put(call, with_authorship(call, merged, before))
        return Answer({"notice": f"{self._label} updated successfully.", self.name: self.show(call, raw)})

    def delete(self, call: Call) -> Answer:
        uid = text(self.find(call)["uid"])
        del self.rows(call)[uid]
        if self.deleted:
            self.deleted(call, uid)
        return Answer({"notice": f"{self._label} deleted successfully."})

    def _put(self, call: Call, raw: JsonObject) -> JsonObject:
        if self.check:
            self.check(call, raw)
        self.rows(call)[text(raw["uid"])] = raw
        return raw

    def _check_key(self, call: Call, raw: JsonObject, before: JsonObject | None, verb: str) -> None:
        if not self.key:
            return
        name = text(raw.get(self.key))
        others = [row.get(self.key) for row in self.rows(call).values() if row is not before]
        error = REQUIRED if not name else NOT_UNIQUE if name in others else ""
        if error:
            message = f"{self._label} {verb} failed. Please enter valid data."
            raise ApiError(422, self.code, message, {self.key: [error]})

    def routes(self) -> tuple[Route[Call], ...]:
        path, row = self._path, f"{self._path}/{{uid}}"
        return (
            Route("GET", path, self.list_rows),
            Route("POST", path, self.create),
            Route("GET", row, get_one(self.name, lambda call: self.show(call, self.find(call)))),
            Route("PUT", row, self.update),
            Route("DELETE", row, self.delete),
        )


_RESERVED = re.compile(r"""[#%^+/?*:|"'<>{}=,\s]""")


def _check_environment(call: Call, raw: JsonObject) -> None:
    """Its name has no blank and no reserved character (page: Create an Environment); its URLs name known languages."""
    if _RESERVED.search(text(raw.get("name"))):
        raise invalid(247, "Environment creation failed. Please enter valid data.", name=NOT_VALID)
    if call.switches.environment_takes_any_locale:
        return
    if any(text(url.get("locale")) not in call.branch.locales for url in objects(raw.get("urls"))):
        message = "Environment creation failed. Please enter valid data."
        raise invalid(247, message, **{"urls.locale": NOT_VALID})


def _check_label(call: Call, raw: JsonObject) -> None:
    for field, known in (("content_types", call.branch.content_types), ("parent", call.branch.labels)):
        if any(uid not in known for uid in text_items(raw.get(field))):
            raise invalid(119, "Label creation failed. Please enter valid data.", **{field: NOT_VALID})


def _check_extension(_call: Call, raw: JsonObject) -> None:
    if raw.get("type") not in ("field", "dashboard", "widget", "rte_plugin", "asset_sidebar_widget", "app"):
        raise invalid(344, "Extension creation failed. Please enter valid data.", type=NOT_VALID)
    if not raw.get("src") and not raw.get("srcdoc") and not raw.get("app_uid"):
        raise invalid(344, "Extension creation failed. Please enter valid data.", src=REQUIRED)


def _check_webhook(_call: Call, raw: JsonObject) -> None:
    for field in ("channels", "destinations"):
        if not as_list(raw.get(field)):
            raise invalid(365, "Webhook creation failed. Please enter valid data.", **{field: REQUIRED})


def _check_webhook_update(call: Call, sent: JsonObject) -> None:
    if call.switches.webhook_update == "whole":
        _check_webhook(call, sent)


def _check_role(_call: Call, raw: JsonObject) -> None:
    if not isinstance(raw.get("rules", []), list):
        raise invalid(353, "Role creation failed. Please enter valid data.", rules=NOT_VALID)


def _shown_role(call: Call, raw: JsonObject) -> JsonObject:
    """A role as the samples of the page answer it: with the stack and its keys, and rights computed from the rules."""
    variables: JsonObject = {"cms": True, "secret_key": f"invented-secret-key-of-{call.stack.api_key}"}
    stack: JsonObject = {
        "uid": call.stack.raw.get("uid"),
        "api_key": call.stack.api_key,
        "master_key": f"invented-master-key-of-{call.stack.api_key}",
        "discrete_variables": variables,
        "owner_uid": call.user,
    }
    shown: JsonObject = {**raw, "owner": "invented-owner@example.invalid", "stack": stack}
    return {**shown, "permissions": {"content_types": []}} if call.flag("include_permissions") else shown


def _unpublish_all(call: Call, environment: str) -> None:
    """What was live in an environment that is gone is live there no longer."""
    for branch in call.stack.branches.values():
        for entry in (one for entries in branch.entries.values() for one in entries.values()):
            _drop(entry.live, environment)
            for variant in entry.variants.values():
                _drop(variant.live, environment)
        for asset in branch.assets.values():
            _drop(asset.live, environment)
        branch.changed()
    for taxonomy in call.stack.taxonomies.values():
        _drop(taxonomy.live, environment)


def _drop(live: dict[tuple[str, str], Any], environment: str) -> None:
    for key in [key for key in live if key[0] == environment]:
        del live[key]


COLLECTIONS = (
    Collection(
        name="environment",
        rows=lambda call: call.stack.environments,
        code=247,
        found_by_key=True,  # the vendor's CLI asks for environments by name
        check=_check_environment,
        deleted=_unpublish_all,
    ),
    Collection(
        name="extension",
        rows=lambda call: call.branch.extensions,
        key="title",
        code=344,
        check=_check_extension,
    ),
    Collection(name="label", rows=lambda call: call.branch.labels, check=_check_label),
    Collection(
        name="webhook",
        rows=lambda call: call.stack.webhooks,
        code=365,
        check=_check_webhook,
        check_update=_check_webhook_update,
    ),
    Collection(
        name="role", rows=lambda call: call.stack.roles, code=353, check=_check_role, show=_shown_role
    ),
    Collection(
        name="token",
        path="/stacks/delivery_tokens",
        label="Delivery Token",
        rows=lambda call: call.stack.delivery_tokens,
    ),
    Collection(
        name="token",
        path="/stacks/management_tokens",
        label="Management Token",
        rows=lambda call: call.stack.management_token_list,
    ),
)

ROUTES = tuple(route for collection in COLLECTIONS for route in collection.routes())
