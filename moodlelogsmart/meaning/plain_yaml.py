"""YAML: what strangers wrote is read as plain data, and plain data is written so that it is read as it was."""

from typing import Any

import yaml


class NotPlain(Exception):
    """It cannot be read: in which line, from 1, where that is known, and whether for an alias, which nobody needs."""

    def __init__(self, line: int | None = None, is_alias: bool = False) -> None:
        super().__init__(line)
        self.line = line
        self.is_alias = is_alias


# The loader in C is twenty times as fast, but crashes the process on what is nested 100,000 times.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DEEPEST = 20  # lists and mappings within one another; a rules file has five


def _check(text: str) -> None:
    """Refuse an alias, since a few aliases of aliases stand for more than any memory holds, and what is too deep.

    Raises NotPlain.
    """
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.AliasEvent):
            raise NotPlain(is_alias=True)
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise NotPlain(event.start_mark.line + 1 if event.start_mark else None)


class _Dumper(yaml.SafeDumper):
    """Writes what is no letter as an escape: a line end that only Unicode knows is read as a space."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=None if text.isprintable() else '"')


_Dumper.add_representer(str, _text)


def dumped(data: Any) -> bytes:
    """Plain data as YAML, in its own order."""
    return yaml.dump(data, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=1000).encode()


def parse(content: bytes) -> tuple[yaml.Node | None, Any]:
    """A file as a tree with line numbers, and as plain data. Raises NotPlain."""
    text = ""
    try:
        text = content.decode("utf-8-sig")
        _check(text)
        loader = _Loader(text)
        tree = loader.get_single_node()
        return tree, loader.construct_document(tree) if tree else None
    except yaml.MarkedYAMLError as error:
        # What is missing at the end is missing in the last line.
        last = len(text.splitlines()) or 1
        raise NotPlain(min(error.problem_mark.line + 1, last) if error.problem_mark else 1) from error
    except NotPlain:
        raise
    except Exception as error:
        # Not all that its constructors raise is YAMLError: `!!int ""` is an IndexError, `!!bool x` a KeyError.
        raise NotPlain from error
