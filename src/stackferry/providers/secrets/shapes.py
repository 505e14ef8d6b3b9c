"""What a credential looks like: under which names a value is one, and where one stands inside a text. Pure.

People put credentials into addresses (a user and password, a signed query, the path of a chat's hook), into JSON that
is kept as a text, into the script of a custom field. Of a text only the credential itself is replaced, so that the
rest still says what it is. Where a name leaves doubt, a value counts as a credential: hiding one too many costs a gap.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Callable

    from stackferry.model import Json

    Hide = Callable[[str], str]  # what stands in place of a credential
    Plain = Callable[[str, Json], bool]  # whether the value of a name is none, though the name is that of one


def nothing_plain(_name: str, _value: Json) -> bool:
    """For a system without names that look like those of credentials."""
    return False


_WORDS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
# A name with one of these words is that of a credential …
_SECRET_WORDS: Final = frozenset({
    "password", "passwd", "pwd", "passphrase", "passcode", "secret", "token", "credential", "jwt", "hmac", "bearer",
    "authorization",
})  # fmt: skip
_SECRET_ENDS: Final = re.compile(
    r".*(?:password|passwd|passphrase|secret|token|credential|authorization|pwd"
    r"|(?:api|access|private|secret|signing|master|encryption|client|shared|account|auth|license)key"
    r"|connectionstring|sessionid|jwt)s?\d*"
)
# … and one that ends with one of these …
_SECRET_LAST: Final = frozenset(
    {"auth", "sas", "cookie", "cookies", "pass", "dsn", "signature", "sig", "pat"}
)
# … but for a name that ends with a word for something that belongs to a credential and is none.
_HARMLESS_LAST: Final = frozenset({
    "url", "uri", "urls", "endpoint", "endpoints", "host", "type", "types", "name", "names", "policy", "method",
    "scheme", "mode", "count", "counts", "length", "limit", "size", "expiry", "expires", "expiration", "ttl",
    "lifetime", "age", "label", "labels", "title", "field", "fields", "required", "enabled", "disabled", "hint",
    "strength", "rules", "position", "format", "version", "algorithm", "status", "prefix", "suffix", "help",
    "description", "display", "provider", "scope", "scopes", "placeholder", "message", "error", "page", "form",
    "visible", "in", "at", "audience", "issuer", "template", "path", "domain", "rotation", "manager", "flow",
    "text", "regex", "pattern", "option", "options", "user", "username", "login", "email", "tenant", "region",
})  # fmt: skip


@lru_cache(maxsize=8192)  # the same names come in every object
def is_secret_name(name: str) -> bool:
    """Whether a value under this name is a credential."""
    words = _words_of(name)
    if not words or words[-1] in _HARMLESS_LAST:
        return False
    if words[-1] in _SECRET_LAST or (words[-1] in ("key", "keys") and len(words) > 1):
        return True
    return _are_secret(words)


def _words_of(name: str) -> list[str]:
    """The words of a name in lower case, without the numbers at its end."""
    words = [word.lower() for word in _WORDS.findall(name)]
    while len(words) > 1 and words[-1].isdigit():
        words.pop()
    return words


def _are_secret(words: list[str]) -> bool:
    singular = {word.removesuffix("s") for word in words}
    if singular & _SECRET_WORDS or any(map(_SECRET_ENDS.fullmatch, (*words, "".join(words)))):
        return True
    return "connection string" in " ".join(words) or _has_key(words)


def is_property_name(name: str) -> bool:
    """Whether a name is that of a property of something, as `token_type` or `user_name`."""
    words = [word.lower() for word in _WORDS.findall(name)]
    return bool(words) and words[-1] in _HARMLESS_LAST


def _has_key(words: list[str]) -> bool:
    """Whether a name is that of a key for a place or a time: `api_key_production`."""
    kinds = {
        "api",
        "access",
        "private",
        "secret",
        "signing",
        "master",
        "encryption",
        "client",
        "shared",
        "account",
    }
    return any(word in kinds and following == "key" for word, following in pairwise(words))


# ---- texts

# Lengths are bounded: without that a long word would be read again from each of its letters.
_ADDRESS: Final = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]{0,40}://[^\s\"'<>`\\]+")
_USER: Final = re.compile(r"(://)([^/?#@\s]+)@")
_QUERY_VALUE: Final = re.compile(r"([?&#;](?:amp;)?)([A-Za-z0-9_.~%-]+)=([^&#;\s]+)")
_QUERY_NAMES: Final = frozenset(
    {"x-amz-credential", "googleaccessid", "awsaccesskeyid", "auth", "sig", "pass"}
)
_QUERY_CODES: Final = frozenset(
    {"key", "code", "k", "s", "id_token_hint"}
)  # a credential only if it looks like one
# The part of a hook's path that is its credential.
_HOOK_PATHS: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(hooks\.slack(?:-gov)?\.com/(?:services|workflows|triggers)/)([^?#\s]+)",
        r"((?:[\w-]+\.)?webhook\.office\.com/webhookb2/|outlook\.office(?:365)?\.com/webhook/)([^?#\s]+)",
        r"((?:[\w-]+\.)?discord(?:app)?\.com/api/(?:v\d+/)?webhooks/\d+/)([^/?#\s]+)",
        r"(hooks\.zapier\.com/hooks/(?:catch|standard)/)([^?#\s]+)",
        r"(hook(?:\.[\w-]+)?\.(?:make|integromat)\.com/)([^?#\s]+)",
        r"(maker\.ifttt\.com/trigger/[^/]+/(?:json/)?with/key/)([^/?#\s]+)",
        r"(api\.telegram\.org/bot\d*:?)([^/?#\s]+)",
        r"(api\.netlify\.com/build_hooks/)([^/?#\s]+)",
        r"(api\.vercel\.com/v1/integrations/deploy/)([^?#\s]+)",
        r"(events\.pagerduty\.com/(?:integration|x-ere)/)([^/?#\s]+)",
        r"(api\.cloudflare\.com/client/v4/pages/webhooks/deploy_hooks/)([^/?#\s]+)",
        r"(webhook\.gatsbyjs\.com/hooks/(?:data_source|builds)/(?:publish/|trigger/)?)([^?#\s]+)",
    )
)
_HOOK_SEGMENT: Final = re.compile(
    r"(/(?:web|build_|deploy_|incoming_)?hooks?/(?:[^/?#\s]+/)*?)([A-Za-z0-9_-]{20,})(?=[/?#]|$)",
    re.IGNORECASE,
)
# Credentials that are known by their form, wherever they stand.
_FORMS: Final = re.compile(
    r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}|\bgh[oprsu]_[A-Za-z0-9]{30,}|\bgithub_pat_\w{30,}|\bglpat-[\w-]{20,}"
    r"|\b[rs]k_(?:live|test)_[A-Za-z0-9]{10,}|\bwhsec_[A-Za-z0-9+/=]{16,}|\bAKIA[0-9A-Z]{16}\b"
    r"|\bAIza[\w-]{35}|\bSG\.[\w-]{16,}\.[\w-]{16,}|\bcs[0-9a-f]{32}\b"
    r"|\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]+|-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*-----|$)"
)
_SCHEME: Final = re.compile(r"\b(Bearer|Basic|Token|Digest)(\s+)([A-Za-z0-9._~+/=:-]{8,})")
_PAIR: Final = re.compile(
    r"\b(AccountKey|SharedAccessKey|Password|Pwd|Secret|SharedAccessSignature)(\s*=\s*)([^;\s\"']+)",
    re.IGNORECASE,
)
_ASSIGNED: Final = re.compile(
    r"""([A-Za-z_$][\w$-]{0,60})(["']?\s*(?::|=>?)\s*)(["'`])((?:(?!\3)[^\\\n]|\\.){4,})\3"""
)


def without_secrets(value: str, hide: Hide, *, is_script: bool = False, plain: Plain = nothing_plain) -> str:
    """A text without the credentials in it; the same text if there are none."""
    value = _FORMS.sub(lambda found: hide(found[0]), value)
    value = _ADDRESS.sub(lambda found: _address(found[0], hide, plain), value)
    value = _SCHEME.sub(
        lambda found: f"{found[1]}{found[2]}{hide(found[3])}" if is_random(found[3]) else found[0], value
    )
    if ";" in value:  # a connection string
        value = _PAIR.sub(lambda found: f"{found[1]}{found[2]}{hide(found[3])}", value)
    return _ASSIGNED.sub(lambda found: _assigned(found, hide, plain), value) if is_script else value


def _address(address: str, hide: Hide, plain: Plain) -> str:
    address = _USER.sub(lambda found: f"{found[1]}{_user(found[2], hide)}@", address, count=1)
    for pattern in _HOOK_PATHS:
        address, count = pattern.subn(lambda found: found[1] + hide(found[2]), address, count=1)
        if count:
            break
    else:
        address = _HOOK_SEGMENT.sub(
            lambda found: found[1] + (hide(found[2]) if is_random(found[2]) else found[2]), address, count=1
        )
    return _QUERY_VALUE.sub(lambda found: _query_value(found, hide, plain), address)


def _user(user: str, hide: Hide) -> str:
    """What stands before the `@` of an address: a name and a password, or one of them."""
    name, colon, password = user.partition(":")
    if colon and password:
        return f"{name}:{hide(password)}"
    return hide(name) if len(name) >= 16 and is_random(name) else user


def _query_value(found: re.Match[str], hide: Hide, plain: Plain) -> str:
    name, value = unquote(found[2]), found[3]
    is_secret = is_secret_name(name) or name.lower() in _QUERY_NAMES
    if name.lower() in _QUERY_CODES:
        is_secret = len(value) >= 16 and is_random(value)
    return f"{found[1]}{found[2]}={hide(value)}" if is_secret and not plain(name, value) else found[0]


def _assigned(found: re.Match[str], hide: Hide, plain: Plain) -> str:
    """A value that a script gives a name. Words for people have spaces, and names of styles no digits."""
    name, value = found[1], found[4]
    if not is_secret_name(name) or not is_random(value) or plain(name, value):
        return found[0]
    return f"{name}{found[2]}{found[3]}{hide(value)}{found[3]}"


def is_random(value: str) -> bool:
    """Whether a text looks made up by a machine: no blank in it, and digits, mixed letters or great length."""
    if re.search(r"\s", value) or "${" in value or "{{" in value or "://" in value:
        return False
    has_digit = any(character.isdigit() for character in value)
    is_mixed = bool(re.search(r"[a-z][A-Z]", value)) and not value.isalpha()
    return (
        (has_digit and len(value) >= 8)
        or is_mixed
        or (len(value) >= 24 and "-" not in value and "_" not in value)
    )
