"""What a shell suggests: names from the configuration file and from the snapshot on the command line."""

from __future__ import annotations

from click.shell_completion import CompletionItem

from stackferry.errors import StackferryError


def profiles(incomplete: str, *, or_path: bool) -> list[CompletionItem]:
    """The profiles whose names begin so. A configuration that cannot be read suggests nothing."""
    from stackferry.io.profiles import read_configuration

    try:
        names = read_configuration().names
    except StackferryError:
        names = []
    found = [CompletionItem(name) for name in names if name.startswith(incomplete)]
    return found + ([CompletionItem(incomplete, type="dir")] if or_path else [])
