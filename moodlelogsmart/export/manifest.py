"""manifest.json: what was read, what was decided, what was written, so that a result can be checked and repeated."""

import hashlib
import json
from pathlib import Path
from typing import Any

CHUNK = 1 << 20


def describe_file(path: Path, name: str | None = None) -> dict[str, Any]:
    """Name, size in bytes and sha256 of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return {"name": name or path.name, "bytes": path.stat().st_size, "sha256": digest.hexdigest()}


def write_manifest(path: Path, content: dict[str, Any]) -> None:
    """Write the manifest. It holds no time and no path, so that the same input gives the same bytes."""
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
