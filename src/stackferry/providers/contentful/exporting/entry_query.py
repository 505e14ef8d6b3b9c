"""The query of an export: a JSON object of the service's own search parameters, checked before anything is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry import exact_json
from stackferry.errors import UsageError
from stackferry.json_values import as_object, text

if TYPE_CHECKING:
    from stackferry.model import Json
    from stackferry.providers.selection import Selection

# What listings say themselves.
_OWN_PARAMS = ("skip", "limit", "order", "select", "include", "cursor", "pageNext", "pagePrev")


def query_params(query: str) -> tuple[tuple[str, str], ...]:
    """The service's query parameters that a JSON object names: {"fields.slug": "home", "sys.id[in]": ["a", "b"]}.

    Raises UsageError for one that cannot be asked for.
    """
    found = as_object(exact_json.loads(query.encode())) if query else {}
    for name, value in found.items():
        _check_param(name, value)
    return tuple((name, _param(value)) for name, value in found.items())


def _check_param(name: str, value: Json) -> None:
    if name in _OWN_PARAMS:
        raise UsageError(f"the query may not hold '{name}': an export says that itself (see --limit)")
    if isinstance(value, dict) or value is None:
        raise UsageError(f"the query's '{name}' is neither a text, a number, true, false nor a list of these")
    if isinstance(value, list) and any("," in text(item) for item in value):
        raise UsageError(f"a value of the query's '{name}' has a comma, which divides the values of a list")


def _param(value: Json) -> str:
    if isinstance(value, list):
        return ",".join(map(_param, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def check_query(selection: Selection) -> None:
    """Raise UsageError for a query that the service would refuse: fields are those of one type."""
    params = dict(query_params(selection.query))
    asks_fields = any(name.startswith("fields.") for name in params)
    if asks_fields and not selection.types and "content_type" not in params:
        raise UsageError("a query about fields needs the type that has them: give --content-type")


def named_ids(query: str) -> list[str]:
    """The ids that a query names, where it asks for nothing else."""
    params = dict(query_params(query))
    asked = params.get("sys.id[in]", params.get("sys.id", "")) if len(params) == 1 else ""
    return [one.strip() for one in asked.split(",") if one.strip()]
