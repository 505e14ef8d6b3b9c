"""Why the service refuses an operation on releases: one table, from operation, status and what is told to words.

API page: "Timeline releases", the lists "Errors" of its sections; reasons that it does not list (a stale version, an
archived release) as the vendor's own client and tests have them. A reason is found by what the refusal names (the type
of an object, a rule, a field); where it names nothing that is known, all reasons of its status are told.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Reason(NamedTuple):
    """Why these operations are refused with these statuses, and what to do; both may name {release}, {version}…

    `types`: of the object that the refusal says is missing. `sign`: what is written in it otherwise. `is_place`: the
    place itself is wrong, so nothing else can be right. `unversioned`: only of requests without a version.
    """

    operations: frozenset[str]
    statuses: frozenset[int]
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


def _reason(
    operations: str, statuses: int | tuple[int, ...], words: str, advice: str, sign: str = "", *types: str
) -> Reason:
    names = frozenset(name.replace("_", " ") for name in operations.split())
    answers = (statuses,) if isinstance(statuses, int) else statuses
    return Reason(names, frozenset(answers), words, advice, frozenset(types), sign)


_PLACES: Final = (
    _reason(
        _ALL,
        (400, 404),
        "there is no environment '{environment}' in space {space} that this token may see",
        "check the place; 'master' is the environment that every space has",
        r"\benvironment\b.*(not found|not exist)",
        "Environment",
    )._replace(is_place=True),
    _reason(
        _ALL,
        404,
        "there is no space '{space}', or this token has no access to it",
        "check the place and the token",
        "",
        "Space",
    )._replace(is_place=True),
)

# The reference says that a space which publishes by locale wants items of another shape; only a refusal shows it.
SHAPE: Final = _reason(
    "create update",
    422,
    "an item does not say what becomes of each locale in the way that this space wants it",
    "give items an action, or name every locale of the environment in exactly one of add and remove",
    r"\b(locale|add|remove|action)\b",
)


# What is wrong with the items that a release is to have.
_ITEMS: Final = (
    _reason(
        "create update list",
        (400, 422),
        "the linkType is missing",
        "name the linkType, Entry or Asset",
        r"linktype.*(missing|required|needs?)|needs? .*linktype|(missing|required).*linktype",
    ),
    _reason(
        "create update list",
        (400, 422),
        "the linkType is neither Entry nor Asset",
        "a release holds entries and assets only",
        r"link_?type|entity_?type",
    ),
    _reason(
        "create update",
        422,
        "it is to hold {named} twice",
        "name each entity once",
        r"unique|twice|duplicate",
    ),
    _reason(
        "create update",
        422,
        "it is to hold more entities than a release can, which are 200",
        "make several releases of them",
        r"array\.max|\bmax\b|limit|at most|too many|exceed|\bsize\b",
    ),
    _reason(
        "create update",
        422,
        "the service does not take its title",
        "give it one that is not empty, and not too long",
        r"\btitle\b",
    ),
    _reason(
        "create update",
        422,
        "an item has no id",
        "name the id of each entity",
        r"\bid\b.*(required|undefined|not defined)|(required|undefined).*\bid\b|/id\b",
    ),
    SHAPE,
    _reason(
        "create update",
        (404, 422),
        "{named} does not exist, or this token may not read it",
        "leave it out, or make it first",
        "",
        *_ENTITIES,
    ),
)


# An object that is missing.
_OBJECTS: Final = (
    _reason(
        "delete",
        404,
        "there is no release '{release}' in environment '{environment}', or this token may not delete it",
        "only the user who made a release, or an admin, can delete it; `release list` shows those that there are",
        "",
        "Release",
    ),
    _reason(
        _OF_ONE,
        404,
        "there is no release '{release}' in environment '{environment}', or this token may not read it",
        "`release list` shows those that there are",
        "",
        "Release",
    ),
    _reason(
        _SCOPED,
        404,
        "there is no Timeline release '{release}' in environment '{environment}', or this token may not read it",
        "a Launch release has no bodies of its own; `release list` shows those that there are",
        "",
        "Release",
    ),
    _reason(
        "list",
        404,
        "this token may not read an entry that one of the releases holds",
        "use a token that may, or narrow the list",
        "",
        *_ENTITIES,
    ),
    _reason(
        "action",
        404,
        "this release has no action '{action}'",
        "`release actions` shows those that there are",
        "",
        "ReleaseAction",
    ),
    _reason(
        _BEGUN, 404, "this token has no access to releases", "use a token that has", r"access|permission"
    ),
    _reason(
        _SCOPED,
        404,
        "the release does not hold it, or it is no Timeline release",
        "`release show` tells what it holds",
        "",
        *_ENTITIES,
    ),
    _reason(
        "bulk_get",
        404,
        "there is no such bulk action in environment '{environment}'",
        "check the place and the id",
        "",
        "BulkAction",
    ),
)


# What the state of a release, or of its copy, forbids.
_STATES: Final = (
    _reason(
        _VERSIONED, (400, 404), "no version was sent", "read the release, and send the version that it has"
    )._replace(unversioned=True),
    _reason(
        _VERSIONED,
        409,
        "it was changed since version {version} was read",
        "look at it, and repeat this if it is still meant",
        r"versionmismatch|version",
    ),
    _reason("archive", 400, "it is archived already", "there is nothing to do", r"archived"),
    _reason("unarchive", 400, "it is not archived", "there is nothing to do", r"not archived"),
    _reason(
        f"update {_BEGUN} {_SCOPED}",
        400,
        "it is archived, and then nothing can be done with it",
        "unarchive it first",
        r"archived",
    ),
    _reason(
        "unpublish",
        400,
        "a Timeline release cannot be unpublished as a whole",
        "make a release whose items have the action unpublish",
        r"unpublish",
    ),
    _reason(
        "scoped_put scoped_patch",
        409,
        "its copy in this release was changed since version {version} was read",
        "read it again, and repeat your change if it is still meant",
        r"versionmismatch|version",
    ),
    _reason(
        "scoped_patch",
        (400, 422),
        "the patch cannot be applied to its copy",
        "what lies below a field that is not set cannot be added: send that field whole",
        r"\bpatch\b|the path\b|\boperation\b|\bpointer\b",
    ),
    _reason(
        "scoped_put scoped_create scoped_patch",
        422,
        "what is to be written is not valid",
        "mend what is named, and send it again",
        ".",
    ),
    _reason(
        "actions",
        400,
        "filters by status that include and that exclude cannot be used at the same time",
        "give one of them",
        r"status",
    ),
)


# What is refused with 429 and is no throttling.
_BUSY: Final = (
    _reason(
        "validate",
        429,
        "the action that it is to be validated for is neither publish nor unpublish",
        "name one of these",
        r"not publish or unpublish|neither|validation action",
    ),
    _reason(
        "validate",
        429,
        "this token has no access to its entries",
        "use a token that has",
        r"access",
    ),
    _reason(
        "validate",
        429,
        "a validation of it is in progress already{busy}",
        "wait until that has ended, and ask again",
        r"in progress|already|running",
    ),
    _reason(
        "publish unpublish",
        429,
        "it has validation errors: {errors}",
        "mend what is named; `release validate` shows it again",
        r"entity errors|validation error",
    ),
    _reason(
        "publish unpublish",
        429,
        "an action of it is created or in progress already{busy}",
        "wait until that has ended, and ask again",
        r"in progress|created|already|running",
    ),
    _reason(
        _BEGUN,
        429,
        "as many actions are under way as the space allows{busy}",
        "wait until some have ended, and ask again",
        r"limit|exceed|too many",
    ),
    _reason(
        _BULK,
        429,
        "as many bulk actions are under way as the space allows, which are 5",
        "wait until some have ended, and ask again",
        ".",
    ),
)


# What is wrong with the items of a bulk action.
_BULK_ITEMS: Final = (
    _reason(
        _BULK,
        422,
        "an item names no version",
        "name the version that is to be published",
        r"version",
    ),
    _reason(
        _BULK,
        422,
        "it names more items than a bulk action can have, which are 200",
        "make several of it",
        r"array\.max|\bmax\b|limit|at most|too many|exceed",
    ),
    _reason(_BULK, 422, "an item is neither an entry nor an asset", "leave it out", r"link_?type"),
)


REASONS: Final = (*_PLACES, *_BUSY, *_OBJECTS, *_STATES, *_ITEMS, *_BULK_ITEMS)
