"""Things that are plain records with a name: environments, extensions, labels, webhooks, roles, tokens.

One row of `COLLECTIONS` each; the five calls of a collection are the same for all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stackferry.emulators.application import Answer
from stackferry.emulators.contentstack.api_errors import NOT_UNIQUE, NOT_VALID, REQUIRED, Failure, invalid
from stackferry.emulators.contentstack.listing import list_answer
from stackferry.emulators.contentstack.lookup import not_found, stamped, with_branch
from stackferry.emulators.routing import Route
from stackferry.emulators.values import arr, objs, text, texts

if TYPE_CHECKING:
    from collections.abc import Callable

    from stackferry.emulators.contentstack.request import Call
    from stackferry.emulators.contentstack.state import Rows
    from stackferry.model import JsonObject


def _nothing_more(_call: Call, _raw: JsonObject) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Collection:
    """A collection: where its rows are, how they are called, and what a row must have."""

    name: str
    path: str
    label: str
    table: Callable[[Call], Rows]
    key: str = "name"  # required and unique; empty where rows have no such thing
    code: int = 119
    by_key: bool = False  # found by its name too
    defaults: tuple[tuple[str, str], ...] = ()
    check: Callable[[Call, JsonObject], None] = _nothing_more

    def find(self, call: Call) -> JsonObject:
        given, table = call.args["uid"], self.table(call)
        found = table.get(given)
        if found is None and self.by_key:
            found = next((raw for raw in table.values() if raw.get(self.key) == given), None)
        if found is None:
            raise not_found(call, 141, f"The {self.label.lower()} '{given}' was not found. Please try again.")
        return found

    def all(self, call: Call) -> Answer:
        plural = self.path.rpartition("/")[2]
        return list_answer(call, plural, self.table(call).values(), show=lambda raw: with_branch(call, raw))

    def one(self, call: Call) -> Answer:
        return Answer({self.name: self.find(call)})

    def create(self, call: Call) -> Answer:
        sent = call.section(self.name)
        self._check(call, sent, None, "creation")
        made = stamped(call, {**dict(self.defaults), **sent, "_version": 1})
        self.check(call, made)
        self.table(call)[text(made["uid"])] = made
        return Answer({"notice": f"{self.label} created successfully.", self.name: made}, 201)

    def update(self, call: Call) -> Answer:
        found = self.find(call)
        merged = {**found, **call.section(self.name)}
        self._check(call, merged, found, "update")
        made = stamped(call, merged, found)
        self.check(call, made)
        self.table(call)[text(found["uid"])] = made
        return Answer({"notice": f"{self.label} updated successfully.", self.name: made})

    def delete(self, call: Call) -> Answer:
        del self.table(call)[text(self.find(call)["uid"])]
        return Answer({"notice": f"{self.label} deleted successfully."})

    def _check(self, call: Call, raw: JsonObject, before: JsonObject | None, verb: str) -> None:
        if not self.key:
            return
        name = text(raw.get(self.key))
        others = [row.get(self.key) for row in self.table(call).values() if row is not before]
        complaint = REQUIRED if not name else NOT_UNIQUE if name in others else ""
        if complaint:
            message = f"{self.label} {verb} failed. Please enter valid data."
            raise Failure(422, self.code, message, {self.key: [complaint]})

    def routes(self) -> tuple[Route[Call], ...]:
        one = f"{self.path}/{{uid}}"
        return (
            Route("GET", self.path, self.all),
            Route("POST", self.path, self.create),
            Route("GET", one, self.one),
            Route("PUT", one, self.update),
            Route("DELETE", one, self.delete),
        )


def _check_urls(call: Call, raw: JsonObject) -> None:
    for url in objs(raw.get("urls")):
        if text(url.get("locale")) not in call.branch.locales:
            raise invalid(
                247, "Environment creation failed. Please enter valid data.", **{"urls.locale": NOT_VALID}
            )


def _check_label(call: Call, raw: JsonObject) -> None:
    wrong = {
        "content_types": [
            uid for uid in texts(raw.get("content_types")) if uid not in call.branch.content_types
        ],
        "parent": [uid for uid in texts(raw.get("parent")) if uid not in call.branch.labels],
    }
    for field, names in wrong.items():
        if names:
            raise invalid(119, "Label creation failed. Please enter valid data.", **{field: NOT_VALID})


def _check_extension(_call: Call, raw: JsonObject) -> None:
    if raw.get("type") not in ("field", "dashboard", "widget", "rte_plugin", "asset_sidebar_widget", "app"):
        raise invalid(344, "Extension creation failed. Please enter valid data.", type=NOT_VALID)
    if not raw.get("src") and not raw.get("srcdoc") and not raw.get("app_uid"):
        raise invalid(344, "Extension creation failed. Please enter valid data.", src=REQUIRED)


def _check_webhook(_call: Call, raw: JsonObject) -> None:
    for field in ("channels", "destinations"):
        if not arr(raw.get(field)):
            raise invalid(365, "Webhook creation failed. Please enter valid data.", **{field: REQUIRED})


def _check_role(_call: Call, raw: JsonObject) -> None:
    if not isinstance(raw.get("rules", []), list):
        raise invalid(353, "Role creation failed. Please enter valid data.", rules=NOT_VALID)


COLLECTIONS = (
    Collection(
        "environment",
        "/environments",
        "Environment",
        lambda call: call.stack.environments,
        code=247,
        by_key=True,
        check=_check_urls,
    ),
    Collection(
        "extension",
        "/extensions",
        "Extension",
        lambda call: call.branch.extensions,
        key="title",
        code=344,
        check=_check_extension,
    ),
    Collection("label", "/labels", "Label", lambda call: call.branch.labels, check=_check_label),
    Collection(
        "webhook", "/webhooks", "Webhook", lambda call: call.stack.webhooks, code=365, check=_check_webhook
    ),
    Collection("role", "/roles", "Role", lambda call: call.stack.roles, code=353, check=_check_role),
    Collection(
        "token",
        "/stacks/delivery_tokens",
        "Delivery Token",
        lambda call: call.stack.delivery_tokens,
    ),
    Collection(
        "token",
        "/stacks/management_tokens",
        "Management Token",
        lambda call: call.stack.management_token_list,
    ),
)

ROUTES = tuple(route for kind in COLLECTIONS for route in kind.routes())
