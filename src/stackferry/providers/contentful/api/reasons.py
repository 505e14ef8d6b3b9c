"""Why the service refuses an operation on releases: one table, from operation, status and what is told to words.

API page: "Timeline releases", the lists "Errors" of its sections; reasons that it does not list (a stale version, an
archived release) as the vendor's own client and tests have them. A reason is found by what the refusal names (the type
of an object, a rule, a field); where it names nothing that is known, all reasons of its status are told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator


class Reason(NamedTuple):
    """Why these operations are refused with this status, and what to do about it; both may name {release}, {version}…

    `types`: of the object that the refusal says is missing. `sign`: what is written in it otherwise. `is_place`: the
    place itself is wrong, so nothing else can be right. `unversioned`: only of requests without a version.
    """

    operations: frozenset[str]
    status: int
    words: str
    advice: str
    types: frozenset[str] = frozenset()
    sign: str = ""
    is_place: bool = False
    unversioned: bool = False


# What was not done, by operation.
SUBJECTS: Final = {
    "list": "the releases cannot be listed",
    "get": "release {release} cannot be read",
    "create": "the release was not created",
    "update": "release {release} was not changed",
    "delete": "release {release} was not deleted",
    "validate": "release {release} was not validated",
    "publish": "release {release} was not published",
    "unpublish": "release {release} was not unpublished",
    "archive": "release {release} was not archived",
    "unarchive": "release {release} was not unarchived",
    "actions": "the actions of releases cannot be listed",
    "action": "action {action} of release {release} cannot be read",
    "scoped list": "the {entities} of release {release} cannot be listed",
    "scoped get": "{entity} of release {release} cannot be read",
    "scoped put": "{entity} of release {release} was not written",
    "scoped create": "{entity} of release {release} was not created",
    "scoped patch": "{entity} of release {release} was not changed",
    "bulk publish": "a bulk action was not begun",
    "bulk unpublish": "a bulk action was not begun",
    "bulk validate": "a bulk action was not begun",
    "bulk get": "bulk action {action} cannot be read",
    "locales": "the locales cannot be listed",
    "versions": "the versions of what is to be published cannot be read",
}
_ALL = " ".join(name.replace(" ", "_") for name in SUBJECTS)
_OF_ONE = "get update validate publish unpublish archive unarchive action"
_SCOPED = "scoped_list scoped_get scoped_put scoped_create scoped_patch"
_BEGUN = "validate publish unpublish"
_VERSIONED = "update publish unpublish archive unarchive"
_BULK = "bulk_publish bulk_unpublish bulk_validate"
_ENTITIES = frozenset({"Entry", "Asset"})


def _reason(operations: str, status: int, words: str, advice: str, sign: str = "", *types: str) -> Reason:
    names = frozenset(name.replace("_", " ") for name in operations.split())
    return Reason(names, status, words, advice, frozenset(types), sign)


def _places() -> Iterator[Reason]:
    for status in (400, 404):
        no_environment = _reason(
            _ALL,
            status,
            "there is no environment '{environment}' in space {space} that this token may see",
            "check the place; 'master' is the environment that every space has",
            r"\benvironment\b.*(not found|not exist)",
            "Environment",
        )
        yield no_environment._replace(is_place=True)
    no_space = _reason(
        _ALL,
        404,
        "there is no space '{space}', or this token has no access to it",
        "check the place and the token",
        "",
        "Space",
    )
    yield no_space._replace(is_place=True)


# The reference says that a space which publishes by locale wants items of another shape; only a refusal shows it.
SHAPE: Final = _reason(
    "create update",
    422,
    "an item does not say what becomes of each locale in the way that this space wants it",
    "give items an action, or name every locale of the environment in exactly one of add and remove",
    r"\b(locale|add|remove|action)\b",
)


def _items() -> Iterator[Reason]:
    """What is wrong with the items that a release is to have."""
    for status in (400, 422):
        yield _reason(
            "create update list",
            status,
            "the linkType is missing",
            "name the linkType, Entry or Asset",
            r"linktype.*(missing|required|needs?)|needs? .*linktype|(missing|required).*linktype",
        )
        yield _reason(
            "create update list",
            status,
            "the linkType is neither Entry nor Asset",
            "a release holds entries and assets only",
            r"link_?type|entity_?type",
        )
    yield _reason(
        "create update",
        422,
        "it is to hold {named} twice",
        "name each entity once",
        r"unique|twice|duplicate",
    )
    yield _reason(
        "create update",
        422,
        "it is to hold more entities than a release can, which are 200",
        "make several releases of them",
        r"array\.max|\bmax\b|limit|at most|too many|exceed|\bsize\b",
    )
    yield _reason(
        "create update",
        422,
        "an item has no id",
        "name the id of each entity",
        r"\bid\b.*(required|undefined|not defined)|(required|undefined).*\bid\b|/id\b",
    )
    yield SHAPE
    for status in (404, 422):
        yield _reason(
            "create update",
            status,
            "{named} does not exist, or this token may not read it",
            "leave it out, or make it first",
            "",
            *_ENTITIES,
        )


def _objects() -> Iterator[Reason]:
    yield _reason(
        "delete",
        404,
        "there is no release '{release}' in environment '{environment}', or this token may not delete it",
        "only the user who made a release, or an admin, can delete it; `release list` shows those that there are",
        "",
        "Release",
    )
    yield _reason(
        _OF_ONE + " " + _SCOPED,
        404,
        "there is no release '{release}' in environment '{environment}', or this token may not read it",
        "`release list` shows those that there are",
        "",
        "Release",
    )
    yield _reason(
        "list",
        404,
        "this token may not read an entry that one of the releases holds",
        "use a token that may, or narrow the list",
        "",
        *_ENTITIES,
    )
    yield _reason(
        "action",
        404,
        "this release has no action '{action}'",
        "`release actions` shows those that there are",
        "",
        "ReleaseAction",
    )
    yield _reason(
        _BEGUN, 404, "this token has no access to releases", "use a token that has", r"access|permission"
    )
    yield _reason(
        _SCOPED,
        404,
        "the release does not hold it, or it is no Timeline release",
        "`release show` tells what it holds",
        "",
        *_ENTITIES,
    )
    yield _reason(
        "bulk_get",
        404,
        "there is no such bulk action in environment '{environment}'",
        "check the place and the id",
        "",
        "BulkAction",
    )


def _states() -> Iterator[Reason]:
    for status in (400, 404):
        no_version = _reason(
            _VERSIONED, status, "no version was sent", "read the release, and send the version that it has"
        )
        yield no_version._replace(unversioned=True)
    yield _reason(
        _VERSIONED,
        409,
        "it was changed since version {version} was read",
        "look at it, and repeat this if it is still meant",
        r"versionmismatch|version",
    )
    yield _reason("archive", 400, "it is archived already", "there is nothing to do", r"archived")
    yield _reason("unarchive", 400, "it is not archived", "there is nothing to do", r"not archived")
    yield _reason(
        f"update {_BEGUN} {_SCOPED}",
        400,
        "it is archived, and then nothing can be done with it",
        "unarchive it first",
        r"archived",
    )
    yield _reason(
        "unpublish",
        400,
        "a Timeline release cannot be unpublished as a whole",
        "make a release whose items have the action unpublish",
        r"unpublish",
    )
    yield _reason(
        "scoped_put scoped_patch",
        409,
        "its copy in this release was changed since version {version} was read",
        "read it again, and repeat your change if it is still meant",
        r"versionmismatch|version",
    )
    for status in (400, 422):
        yield _reason(
            "scoped_patch",
            status,
            "the patch cannot be applied to its copy",
            "what lies below a field that is not set cannot be added: send that field whole",
            r"\bpatch\b|the path\b|\boperation\b|\bpointer\b",
        )
    yield _reason(
        "scoped_put scoped_create scoped_patch",
        422,
        "what is to be written is not valid",
        "mend what is named, and send it again",
        ".",
    )
    yield _reason(
        "actions",
        400,
        "filters by status that include and that exclude cannot be used at the same time",
        "give one of them",
        r"status",
    )


def _busy() -> Iterator[Reason]:
    """What is refused with 429 and is no throttling."""
    yield _reason(
        "validate",
        429,
        "the action that it is to be validated for is neither publish nor unpublish",
        "name one of these",
        r"not publish or unpublish|neither|validation action",
    )
    yield _reason(
        "validate",
        429,
        "this token has no access to its entries",
        "use a token that has",
        r"access",
    )
    yield _reason(
        "validate",
        429,
        "a validation of it is in progress already{busy}",
        "wait until that has ended, and ask again",
        r"in progress|already|running",
    )
    yield _reason(
        "publish unpublish",
        429,
        "it has validation errors: {errors}",
        "mend what is named; `release validate` shows it again",
        r"entity errors|validation error",
    )
    yield _reason(
        "publish unpublish",
        429,
        "an action of it is created or in progress already{busy}",
        "wait until that has ended, and ask again",
        r"in progress|created|already|running",
    )
    yield _reason(
        _BEGUN,
        429,
        "as many actions are under way as the space allows{busy}",
        "wait until some have ended, and ask again",
        r"limit|exceed|too many",
    )
    yield _reason(
        _BULK,
        429,
        "as many bulk actions are under way as the space allows, which are 5",
        "wait until some have ended, and ask again",
        ".",
    )


def _bulk() -> Iterator[Reason]:
    yield _reason(
        _BULK,
        422,
        "an item names no version",
        "name the version that is to be published",
        r"version",
    )
    yield _reason(
        _BULK,
        422,
        "it names more items than a bulk action can have, which are 200",
        "make several of it",
        r"array\.max|\bmax\b|limit|at most|too many|exceed",
    )
    yield _reason(_BULK, 422, "an item is neither an entry nor an asset", "leave it out", r"link_?type")


REASONS: Final = (*_places(), *_busy(), *_objects(), *_states(), *_items(), *_bulk())
