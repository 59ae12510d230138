"""manifest.json: what was read, what was decided, what was written, so that a result can be checked and repeated."""

import hashlib
import json
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

from moodlelogsmart import __version__
from moodlelogsmart.meaning.rules import RuleSet
from moodlelogsmart.messages import LogError, Message
from moodlelogsmart.options import Options, entries
from moodlelogsmart.report.summary import Summary

CHUNK = 1 << 20
Chunk = bytes | memoryview


def describe_file(path: Path, name: str, check: Callable[[], None]) -> dict[str, Any]:
    """The file as `name`, its size in bytes and its sha256; `check` is called again and again, and may raise."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            check()
            digest.update(chunk)
    return {"name": name, "bytes": path.stat().st_size, "sha256": digest.hexdigest()}


def described(name: str, content: Iterable[Chunk], files: list[dict[str, Any]]) -> Iterator[Chunk]:
    """The content as it is; once all of it is taken, `files` has its name, size in bytes and sha256."""
    digest, size = hashlib.sha256(), 0
    before: Future[None] | None = None
    with ThreadPoolExecutor(1) as pool:
        for chunk in content:
            if before:
                before.result()
            before = pool.submit(digest.update, chunk)
            size += len(chunk)
            yield chunk
    files.append({"name": name, "bytes": size, "sha256": digest.hexdigest()})


def find_changes(archive: Path) -> list[Message]:
    """What in a ZIP of results is not as its manifest says; nothing where all is well.

    Raises LogError where it is no ZIP of results.
    """
    try:
        with zipfile.ZipFile(archive) as results:
            told = {file["name"]: file["sha256"] for file in json.loads(results.read("manifest.json"))["outputs"]}
            names = set(results.namelist()) - {"manifest.json"}
            kept = {name for name in names & told.keys() if _sha256(results, name) == told[name]}
    except (zipfile.BadZipFile, zlib.error, KeyError, TypeError, ValueError) as error:
        raise LogError("This is no whole ZIP of results with a manifest.") from error
    return [
        *(Message("%(file)s is missing.", file=name) for name in sorted(told.keys() - names)),
        *(Message("%(file)s is not what was written.", file=name) for name in sorted((names & told.keys()) - kept)),
        *(Message("%(file)s was added.", file=name) for name in sorted(names - told.keys())),
    ]


def _sha256(archive: zipfile.ZipFile, name: str) -> str:
    digest = hashlib.sha256()
    with archive.open(name) as member:
        while chunk := member.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def facts(
    inputs: list[dict[str, Any]],
    compared: list[dict[str, Any]],
    options: dict[str, Any],
    rules: RuleSet,
    summary: Summary,
) -> dict[str, Any]:
    """What the manifest tells beside the files that were written, by the files of the logs and of those `compared`."""
    language = options["language"]
    others = [
        {**file, "group": one.side.name, "warnings": [warning.told(language) for warning in one.warnings]}
        for file, one in zip(compared, summary.compared, strict=True)
    ]
    return {
        "program": "MoodleLogSmart",
        "version": __version__,
        "inputs": inputs,
        **({"compared": others} if others else {}),
        "options": options,
        "rules": {"name": rules.name, **({"version": rules.version} if rules.version else {}), "sha256": rules.sha256},
        **{name: fact for name, fact in summary.facts(language).items() if name not in ("figures", "files")},
    }


def made(facts: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """Of what a result was made, and how, for who reads the report; `names` are what the inputs are called."""
    inputs = [{**file, "name": name} for file, name in zip(facts["inputs"], names, strict=True)]
    return {"version": facts["version"], "inputs": inputs, "options": facts["options"], "rules": facts["rules"]}


def chosen(options: Options, pseudonymised: bool, check: Callable[[], None]) -> dict[str, Any]:
    """The options as the manifest tells them: of a file its checksum, not where it lies, and no key."""
    told: dict[str, Any] = {}
    for entry in entries(type(options)):
        value = getattr(options, entry.field)
        if isinstance(value, date):
            value = value.isoformat()
        if isinstance(value, tuple):
            value = list(value)  # as it is read back
        if entry.told:
            told[entry.name] = describe_file(value, entry.name, check) if entry.kind == "file" and value else value
    # The checksum of the rules stands with their name.
    return told | {"rules": "own" if options.rules else "default", "pseudonymised": pseudonymised}


def content(told: dict[str, Any]) -> bytes:
    """The manifest of what is told. It holds no time and no path, so that the same input gives the same bytes."""
    return (json.dumps(told, indent=2, ensure_ascii=False) + "\n").encode()
