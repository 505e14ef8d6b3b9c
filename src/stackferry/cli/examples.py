"""An example or two of every command, for the end of its help page.

A table, so that one test can try all of them. The name of a command that several systems have begins with the scheme of
its system's places. Imported only where a help page is shown.
"""

from __future__ import annotations

from typing import Final

_STACK: Final = "contentstack://blt0123@eu/main"
_SPACE: Final = "contentful://harbour@eu/master"
_PROJECT: Final = "azure-devops://fabrikam@services/Web"

EXAMPLES: Final[dict[str, tuple[str, ...]]] = {
    "": (
        "stackferry demo",
        "stackferry export contentstack://blt0123456789@eu/main backup/",
        "stackferry import backup/ contentstack://blt9876543210@eu/main --dry-run",
    ),
    "export": (
        f"stackferry export {_STACK} backup/",
        "stackferry export production tuesday/ --base monday/ --versions all",
        "stackferry export production seed/ --content-type page --locale en-us --with-references all",
    ),
    "import": (
        f"stackferry import backup/ {_STACK} --dry-run",
        "stackferry import backup/ staging --on-conflict update --environment production=staging",
        "stackferry import backup/ production --in-place --plan plan.jsonl",
    ),
    "restore": (
        "stackferry restore blt5a1d3c --from backup/ production --dry-run",
        "stackferry restore 'Opening hours' --from backup/ production --version 3 --locale en-us",
    ),
    "copy": (
        "stackferry copy production staging --dry-run",
        "stackferry copy production staging --content-type page --limit 20 --with-references 2",
    ),
    "verify": ("stackferry verify backup/", f"stackferry verify backup/ --against {_STACK}"),
    "diff": ("stackferry diff monday/ tuesday/", "stackferry diff backup/ production --json"),
    "show": ("stackferry show backup/",),
    "ls": ("stackferry ls backup/", "stackferry ls backup/ entries --content-type page --locale en-us"),
    "cat": (
        "stackferry cat backup/ entries blt5a1d3c --locale en-us",
        "stackferry cat backup/ entries blt5a1d3c --version 3",
    ),
    "evidence": (
        "stackferry evidence archive/ --html evidence.html",
        "stackferry evidence 2025/ 2026/ --csv evidence.csv",
    ),
    "identities": (f"stackferry identities {_STACK}",),
    "mapping": (f"stackferry mapping {_PROJECT} archive/ --write mapping.toml",),
    "places": (
        "stackferry places contentstack://blt0123456789@eu",
        "stackferry places azure-devops://fabrikam@services --no-aliases",
    ),
    "convert": (
        "stackferry convert csdx-export/ backup/",
        "stackferry convert backup/ csdx-export/ --to csdx",
    ),
    "emulate": (
        "stackferry emulate backup/ --empty target --port 8777",
        "stackferry emulate --generated azure-devops:fabrikam/Web --rate-limits",
    ),
    "demo": ("stackferry demo", "stackferry demo azure-devops"),
    "backup": (
        "stackferry backup production --into /backups",
        "stackferry backup shop blog docs --into /backups --accept gaps.toml",
        "stackferry backup --all --into /backups --json",
    ),
    "snapshots": (
        "stackferry snapshots /backups",
        "stackferry snapshots /backups --json",
        "stackferry snapshots /backups --write-gaps gaps.toml",
    ),
    "forget": (
        "stackferry forget /backups --keep-daily 7 --keep-weekly 5 --keep-monthly 12 --dry-run",
        "stackferry forget /backups/production --keep-last 30",
    ),
    "config": ("stackferry config init production", "stackferry config check"),
    "config check": ("stackferry config check", "stackferry config check production staging -v"),
    "config init": (
        "stackferry config init",
        f"stackferry config init production --place {_STACK} --token-env PRODUCTION_TOKEN",
    ),
    "completion": (
        "source <(stackferry completion bash)",
        "stackferry completion fish > ~/.config/fish/completions/stackferry.fish",
    ),
    "entry": (f"stackferry entry get {_STACK} page blt5a1d3c",),
    "release": (f"stackferry release list {_STACK}", f"stackferry release show {_PROJECT} 7"),
    "release entries": (f"stackferry release entries list {_SPACE} spring",),
    "release assets": (f"stackferry release assets list {_SPACE} spring",),
    "queue": (f"stackferry queue list {_STACK} --status scheduled",),
    "bulk": (
        f"stackferry bulk publish {_STACK} --entry page/blt5a1d3c -e production",
        f"stackferry bulk publish {_STACK} --from-environment staging -e production --dry-run",
    ),
}

_OF_STACKS: Final[dict[str, str]] = {
    "entry get": "page blt5a1d3c --locale en-us",
    "entry versions": "page blt5a1d3c",
    "entry references": "page blt5a1d3c",
    "entry languages": "page blt5a1d3c",
    "entry name": "page blt5a1d3c 3 'Before the relaunch'",
    "entry create": "page --body entry.json",
    "entry update": "page blt5a1d3c --body changes.json --add views=1 --push 'tags=[\"new\"]'",
    "entry localize": "page blt5a1d3c entry.json --locale de-de",
    "entry unlocalize": "page blt5a1d3c --locale de-de",
    "entry delete": "page blt5a1d3c --all-locales",
    "entry export": "page blt5a1d3c entry.json",
    "entry import": "page entry.json",
    "entry publish": "page blt5a1d3c -e production --locale en-us",
    "entry unpublish": "page blt5a1d3c -e production",
    "release list": "--json",
    "release show": "blt00000000000000d1",
    "release create": "'Spring sale' --description flowers",
    "release update": "blt00000000000000d1 --name 'Summer sale'",
    "release clone": "blt00000000000000d1 'Summer sale'",
    "release lock": "blt00000000000000d1",
    "release unlock": "blt00000000000000d1",
    "release deploy": "blt00000000000000d1 -e production",
    "release delete": "blt00000000000000d1",
    "release add": "blt00000000000000d1 --entry page/blt5a1d3c --locale en-us",
    "release remove": "blt00000000000000d1 --entry page/blt5a1d3c --locale en-us",
    "release update-items": "blt00000000000000d1",
    "queue list": "--status scheduled",
    "queue show": "blt00000000000000f1",
    "queue cancel": "blt00000000000000f1",
    "bulk publish": "--entry page/blt5a1d3c --entry page/blt7b2e@3 -e live",
    "bulk unpublish": "--entry page/blt5a1d3c -e production --yes",
    "bulk delete": "--entry page/blt5a1d3c",
    "bulk workflow": "--entry page/blt5a1d3c --stage bltreview",
    "bulk add-to-release": "blt00000000000000d1 --entry page/blt5a1d3c --locale en-us",
    "bulk status": "job-1 job-2 --wait",
}
_OF_SPACES: Final[dict[str, str]] = {
    "release list": "--json",
    "release show": "spring",
    "release create": "'Spring sale'",
    "release update": "spring --title 'Summer sale'",
    "release delete": "spring",
    "release archive": "spring",
    "release unarchive": "spring",
    "release validate": "spring",
    "release publish": "spring",
    "release unpublish": "spring",
    "release action": "spring action-1",
    "release actions": "--json",
    "release entries list": "spring",
    "release entries get": "spring 5KsDBWse",
    "release entries put": "spring 5KsDBWse entry.json",
    "release entries patch": "spring 5KsDBWse operations.json",
    "release entries create": "spring entry.json --content-type page",
    "release assets list": "spring",
    "release assets get": "spring 4hkzB1XgFmcGsCUI4Aoyqm",
    "release assets put": "spring 4hkzB1XgFmcGsCUI4Aoyqm asset.json",
    "release assets patch": "spring 4hkzB1XgFmcGsCUI4Aoyqm operations.json",
    "release assets create": "spring asset.json",
    "bulk publish": "--entry 5KsDBWseXY6QegucYAoacS",
    "bulk unpublish": "--entry 5KsDBWseXY6QegucYAoacS --yes",
    "bulk validate": "--entry 5KsDBWseXY6QegucYAoacS",
    "bulk show": "--json",
    "bulk status": "action-1 --wait",
}
_OF_PROJECTS: Final[dict[str, str]] = {
    "release list": "--definition Web --json",
    "release show": "7",
    "release approvals": "--json",
    "release approve": "12 --comment 'looks good'",
    "release reject": "12 --comment 'not on a Friday'",
    "release status": "7 abandoned",
    "release keep": "7",
    "release tag": "7 audited",
    "release create": "Web",
    "release logs": "7 -o logs.zip",
    "release task-log": "7 Production 'Deploy the site'",
    "release stage": "7 Production start",
}
_LIVE: Final = (
    ("contentstack", _STACK, _OF_STACKS),
    ("contentful", _SPACE, _OF_SPACES),
    ("azure-devops", _PROJECT, _OF_PROJECTS),
)


def examples_of(path: str, scheme: str = "") -> tuple[str, ...]:
    """The examples of a command, by its path ("release deploy") and, for a command of one system, by its scheme."""
    found = (
        f"stackferry {path} {place} {table[path]}"
        for system, place, table in _LIVE
        if scheme in ("", system) and path in table
    )
    return EXAMPLES.get(path) or tuple(found)
