"""The configuration of the web app in an environment: saved views, folders, the publishing mode."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.emulators.application import Answer
from stackferry.emulators.contentful.call import row_version
from stackferry.emulators.contentful.routes.rows import ENVIRONMENT, new_row, updated_row
from stackferry.emulators.contentful.show import show_row
from stackferry.emulators.routing import Route

if TYPE_CHECKING:
    from stackferry.emulators.contentful.call import Call
    from stackferry.model import JsonObject


def _stored(call: Call) -> JsonObject:
    """The configuration; before anybody wrote one it is empty and of version 1."""
    if not call.environment.ui_config:
        mode = "localePublishing" if call.space.locale_publishing else "entryPublishing"
        body: JsonObject = {"assetListViews": [], "entryListViews": [], "homeViews": []}
        body["publish"] = {"publishMode": mode}
        call.environment.ui_config = new_row(call, "UIConfig", "default", body)
    return call.environment.ui_config


def _get(call: Call) -> Answer:
    return Answer(show_row(call, _stored(call)))


def _put(call: Call) -> Answer:
    before = _stored(call)
    call.check_version(row_version(before))
    call.environment.ui_config = updated_row(call, before, call.json())
    return Answer(show_row(call, call.environment.ui_config))


ROUTES = (
    Route("GET", f"{ENVIRONMENT}/ui_config", _get),
    Route("PUT", f"{ENVIRONMENT}/ui_config", _put),
)
