"""The ZIP of the results, and single files out of it."""

import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from isal import isal_zlib
from stream_zip import ZIP_32, ZIP_64, stream_zip

from moodlelogsmart.export.manifest import CHUNK

# The same results give the same archive: every file in it carries the earliest date that a ZIP can.
_DATE = datetime(1980, 1, 1)
_MODE = 0o100644
_ZIP32_LIMIT = 4_000_000_000  # bytes; a little below the 4 GiB that fit


def write_archive(files: Mapping[str, Path], target: Path) -> None:
    """Pack files into a ZIP at `target`, under these names and in this order."""
    # The newer ZIP64 only where it must be: not every unpacker reads it.
    method = ZIP_64 if sum(path.stat().st_size for path in files.values()) > _ZIP32_LIMIT else ZIP_32
    members = ((name, _DATE, _MODE, method, _chunks(path)) for name, path in files.items())
    with target.open("wb") as file, ThreadPoolExecutor(1) as pool:
        compressor: Any = partial(_Compressor, pool)
        for chunk in stream_zip(members, chunk_size=CHUNK, get_compressobj=compressor):
            file.write(chunk)


def read_member(archive: Path, name: str) -> tuple[int, Iterator[bytes]]:
    """Size in bytes and content of one file of a ZIP. Raises KeyError where it holds no such file."""
    file = zipfile.ZipFile(archive)
    try:
        size = file.getinfo(name).file_size
    except KeyError:
        file.close()
        raise

    def content() -> Iterator[bytes]:
        with file, file.open(name) as member:
            while chunk := member.read(CHUNK):
                yield chunk

    return size, content()


def read_gzipped(archive: Path, name: str) -> tuple[int, Iterator[bytes]]:
    """Size in bytes and content of one file of a ZIP as gzip (RFC 1952), which holds it just as the ZIP does.

    Raises KeyError where it holds no such file.
    """
    with zipfile.ZipFile(archive) as packed:
        member = packed.getinfo(name)
    with archive.open("rb") as file:
        file.seek(member.header_offset + 26)
        name_length, extra_length = struct.unpack("<HH", file.read(4))
    begin = member.header_offset + 30 + name_length + extra_length
    head = b"\x1f\x8b\x08" + bytes(6) + b"\xff"
    foot = struct.pack("<LL", member.CRC, member.file_size & 0xFFFFFFFF)

    def content() -> Iterator[bytes]:
        yield head
        with archive.open("rb") as file:
            file.seek(begin)
            left = member.compress_size
            while left:
                chunk = file.read(min(CHUNK, left))
                left -= len(chunk)
                yield chunk
        yield foot

    return len(head) + member.compress_size + len(foot), content()


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


class _Compressor:
    """igzip's fastest level: ten times as fast as zlib's usual one, and an event log still shrinks to a tenth.

    A thread of its own compresses a chunk while the checksum of the next one is made.
    """

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self._pool = pool
        self._deflate = isal_zlib.compressobj(level=1, wbits=-zlib.MAX_WBITS)
        self._before: Future[bytes] | None = None

    def compress(self, chunk: bytes) -> bytes:
        """What came of the chunk before."""
        done = self._before.result() if self._before else b""
        self._before = self._pool.submit(self._deflate.compress, chunk)
        return done

    def flush(self) -> bytes:
        """What came of the last chunk, and the end."""
        return (self._before.result() if self._before else b"") + bytes(self._deflate.flush())
