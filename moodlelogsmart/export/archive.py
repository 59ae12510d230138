"""The ZIP of the results, and single files out of it."""

import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from isal import isal_zlib
from stream_zip import ZIP_32, ZIP_64, stream_zip

from moodlelogsmart.export.manifest import CHUNK, Chunk

# The same results give the same archive: every file in it carries the earliest date that a ZIP can.
_DATE = datetime(1980, 1, 1)
_MODE = 0o100644
LIMIT = 4_000_000_000  # bytes of a file or of all, above which a ZIP has to be `large`; a little below the 4 GiB


def pack(files: Iterable[tuple[str, Iterable[Chunk]]], large: bool = False) -> Iterator[bytes]:
    """A ZIP of files, by name and in this order, each taken up when it is its turn."""
    # The newer ZIP64 only where it must be: not every unpacker reads it.
    method = ZIP_64 if large else ZIP_32
    members = ((name, _DATE, _MODE, method, _evened(content)) for name, content in files)
    with ThreadPoolExecutor(1) as pool:
        compressor: Any = partial(_Compressor, pool)
        yield from stream_zip(members, chunk_size=CHUNK, get_compressobj=compressor)


def chunks(path: Path) -> Iterator[bytes]:
    """The content of a file."""
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


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


def _evened(content: Iterable[Chunk]) -> Iterator[bytes]:
    """The content in pieces of CHUNK bytes, so that it is packed to the same bytes however it came."""
    parts: list[memoryview] = []
    size = 0
    for chunk in content:
        rest = memoryview(chunk)
        while size + len(rest) >= CHUNK:
            cut = CHUNK - size
            yield b"".join([*parts, rest[:cut]])
            parts, size, rest = [], 0, rest[cut:]
        parts.append(rest)
        size += len(rest)
    yield b"".join(parts)


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
