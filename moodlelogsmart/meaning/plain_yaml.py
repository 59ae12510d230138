"""YAML: what strangers wrote is read as plain data, and plain data is written so that it is read as it was."""

from typing import Any

import yaml


class NotPlain(Exception):
    """It cannot be read: in which line, from 1, where that is known, and whether for an alias, which nobody needs."""

    def __init__(self, line: int | None = None, is_alias: bool = False) -> None:
        super().__init__(line)
        self.line = line
        self.is_alias = is_alias


class _Loader(yaml.SafeLoader):
    """Reads plain YAML. It is the slow loader: the one in C crashes the process on 100,000 opening brackets."""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """Refuse an alias: a few aliases of aliases stand for more than any memory holds."""
        if self.check_event(yaml.AliasEvent):
            raise NotPlain(is_alias=True)
        return super().compose_node(parent, index)


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
    try:
        loader = _Loader(content.decode("utf-8-sig"))
        tree = loader.get_single_node()
        return tree, loader.construct_document(tree) if tree else None
    except yaml.MarkedYAMLError as error:
        raise NotPlain(error.problem_mark.line + 1 if error.problem_mark else 1) from error
    except NotPlain:
        raise
    except Exception as error:
        # Not all that its constructors raise is YAMLError: `!!int ""` is an IndexError, `!!bool x` a KeyError.
        raise NotPlain from error
