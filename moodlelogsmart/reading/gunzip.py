"""What a gzip holds, as a file to read from, however it was made: many members, long names and bombs among them."""

import io
from gzip import BadGzipFile
from pathlib import Path
from typing import Any, BinaryIO

from isal import isal_zlib

GZIP = b"\x1f\x8b"
CHUNK = 1 << 16  # packed bytes that are read at a time
SILENT = 1 << 17  # packed bytes of a member that give nothing; a name has 64 kB at most
# Members that a file may have, and one more for each so many bytes: a log was packed at once, or block by block.
MEMBERS, MEMBER = 1000, 10_000
_FORMAT = 31  # with the head and the checksum of gzip; zlib.net/manual.html, inflateInit2


class TooLarge(Exception):
    """What was packed is larger than it may be."""


def open_gzip(path: Path, most: int) -> io.BufferedReader:
    """The content of a gzip, which is no more than `most` bytes.

    Reading raises TooLarge, EOFError where it is cut off, and BadGzipFile where it is broken otherwise.
    """
    return io.BufferedReader(_Members(path.open("rb"), most), CHUNK)


class _Members(io.RawIOBase):
    """The contents of its members, one behind the other."""

    def __init__(self, file: BinaryIO, most: int) -> None:
        self._file, self._most = file, most
        self._packed = b""
        self._member: Any = None
        self._members = self._size = self._silent = 0

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]
        """Some bytes into the buffer; how many, 0 at the end."""
        while member := self._at_hand():
            if content := self._next(member, len(buffer)):
                buffer[: len(content)] = content
                return len(content)
        return 0

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()
        super().close()

    def _at_hand(self) -> Any:
        """The member that the next packed bytes belong to; None at the end."""
        if not self._member:
            # Zeros fill a tape up behind the last.
            self._packed = self._packed.lstrip(b"\0")
        while not self._packed:
            self._packed = self._file.read(CHUNK)
            if not self._packed:
                if self._member:
                    raise EOFError
                return None
            if not self._member:
                self._packed = self._packed.lstrip(b"\0")
        if not self._member:
            self._members += 1
            if self._members > MEMBERS + self._size // MEMBER:
                raise BadGzipFile("too many members")
            self._member, self._silent = isal_zlib.decompressobj(wbits=_FORMAT), 0
        return self._member

    def _next(self, member: Any, most: int) -> bytes:
        """What some of the packed bytes give."""
        before = len(self._packed)
        try:
            content: bytes = member.decompress(self._packed, most)
        except isal_zlib.error as error:  # type: ignore[misc]
            raise BadGzipFile(str(error)) from error
        self._packed = member.unused_data if member.eof else member.unconsumed_tail
        self._silent = 0 if content else self._silent + before - len(self._packed)
        self._size += len(content)
        if self._silent > SILENT:
            raise BadGzipFile("a member without content")
        if self._size > self._most:
            raise TooLarge
        if member.eof:
            self._member = None
        return content
