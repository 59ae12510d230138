"""What the files of a job are called, in a file beside them: it is shared, kept and deleted with them."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import msgspec

from moodlelogsmart.messages import file_name

_FILE = "names.json"


def write_names(uploads: Path, names: Mapping[str, str]) -> None:
    """Write down what each file in the folder of uploads is called, by the name that it has there."""
    file = uploads / _FILE
    file.unlink(missing_ok=True)  # which may be that of the job before as well
    file.write_bytes(msgspec.json.encode({own: file_name(name) for own, name in names.items()}))


def read_names(uploads: Path) -> dict[str, str]:
    """It; nothing in the folder of an earlier version, which did not know it."""
    with suppress(FileNotFoundError, msgspec.MsgspecError):
        return msgspec.json.decode((uploads / _FILE).read_bytes(), type=dict[str, str])
    return {}
