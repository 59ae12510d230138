"""The text of an SQL dump, a window of it at a time: what need not be read is passed over as fast as it comes.

A dump of a whole site may have 50 GB, one line of it 16 MB, one string in it more than any memory, and people wrote
what stands in its strings. So strings and comments are followed through the whole file, wherever the window ends.
"""

import codecs
import re
from typing import IO

CHUNK = 1 << 20  # bytes that are read at a time
HEAD = 1 << 16  # signs by which it is told what a statement is
MOST = 32 << 20  # signs that one statement of a table, or one row, may have to be looked at as a whole

# The last is the class of an event, in which others double the backslashes; not all programs write a head.
_POSTGRES = re.compile(
    r"PostgreSQL database dump|standard_conforming_strings *= *on|^COPY .{1,9999}FROM stdin;\r?$"
    r"|[(,]\s{0,9}'\\[a-z]\w{0,99}\\event\\\w{1,99}'",
    re.M | re.A,
)
_BACKSLASHES = re.compile(r"standard_conforming_strings *= *off")
_DOLLARS = re.compile(r"\$(?:[A-Za-z_]\w{0,62})?\$", re.ASCII)
ESCAPED = r"'[^'\\]*+(?:(?:\\.|'')[^'\\]*+)*+'"
_INSIDE = re.compile(r"(?:[^'\\]++|\\.|'')*+", re.DOTALL)
_BLANK = re.compile(r"[\s;]++", re.ASCII)
_TELLING = 1 << 18  # signs by which a dump of PostgreSQL is told
_BEHIND = 2  # signs that stay before the place: what makes E'...' of a string


class SqlText:
    """A window onto the text: `text` from `at` on is what was not read yet.

    Its letters are bytes (Latin 1), of which strings in any encoding come out as they went in; UTF-16 becomes UTF-8.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._decoder: codecs.IncrementalDecoder | None = None
        self._ended = False
        self.text, self.at = "", 0
        start = file.read(CHUNK)
        if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            # What PowerShell makes of the output of a program.
            self._decoder = codecs.getincrementaldecoder("utf-16")("replace")
        self._take(start)
        self.text = self.text.removeprefix(codecs.BOM_UTF8.decode("latin-1"))
        self.have(_TELLING)
        head = self.text[:_TELLING]
        # PostgreSQL takes a backslash in a string for a sign like others, but in E'...'.
        self.postgres = bool(_POSTGRES.search(head)) and not _BACKSLASHES.search(head)
        strings = rf"(?<=\W[Ee]){ESCAPED}(?=[^'])|(?<!\W[Ee])'[^']*+'" if self.postgres else ESCAPED
        mark = r"\$" if self.postgres else "#"
        # What stands between such signs, but for comments and for what the window cuts off.
        self._between = {
            stops: re.compile(
                rf"(?:[^'\"`{stops}/\-{mark}]++|{strings}|\"[^\"]*+\"|`[^`]*+`|-(?=[^-])|/(?=[^*]))*+",
                re.DOTALL | re.ASCII,
            )
            for stops in (";", ";)")
        }

    def _take(self, chunk: bytes) -> None:
        if self._decoder:
            chunk = self._decoder.decode(chunk).encode("utf-8", "replace")
        behind = max(self.at - _BEHIND, 0)
        self.text, self.at = self.text[behind:] + chunk.replace(b"\0", b"").decode("latin-1"), self.at - behind

    def more(self) -> bool:
        """Move the window on, what was not read stays in it; whether there was more."""
        if self._ended:
            return False
        # Twice as much where much has to stay, so that the whole costs no more than twice its size.
        chunk = self._file.read(max(CHUNK, len(self.text) - self.at))
        self._take(chunk)
        self._ended = not chunk
        return not self._ended

    def have(self, size: int) -> None:
        """Have so many signs in the window, if there are."""
        while len(self.text) - self.at < size and self.more():
            pass

    def pass_blank(self) -> bool:
        """Go to the next statement, over blanks, comments, and lines for the client; whether there is one."""
        while True:
            blank = _BLANK.match(self.text, self.at)
            self.at = blank.end() if blank else self.at
            if len(self.text) - self.at < 2 and self.more():
                continue
            if self.at >= len(self.text):
                return False
            if not self._pass_comment():
                if self.text[self.at] != "\\":
                    return True
                self.pass_to("\n")

    def _pass_comment(self) -> bool:
        two = self.text[self.at : self.at + 2]
        ends = {"--": "\n", "/*": "*/"}
        if two not in ends and (self.postgres or not two.startswith("#")):
            return False
        self.at += 2 if two in ends else 1
        self.pass_to(ends.get(two, "\n"))
        return True

    def pass_to(self, end: str) -> None:
        """Go behind the next `end`, or to the end of the text."""
        while (found := self.text.find(end, self.at)) < 0:
            self.at = max(self.at, len(self.text) - len(end) + 1)
            if not self.more():
                self.at = len(self.text)
                return
        self.at = found + len(end)

    def pass_statement(self) -> None:
        """Go behind the semicolon that ends the statement."""
        self._pass(";")
        self.at = min(self.at + 1, len(self.text))

    def pass_row(self) -> None:
        """Go to the next closing bracket, or to the semicolon before it."""
        self._pass(";)")

    def _pass(self, stops: str) -> None:
        """Go to the first of such signs that stands in no string and no comment, or to the end of the text."""
        while True:
            self.at = self._end(self._between[stops])
            # Two signs tell a comment, fewer may be cut off.
            if len(self.text) - self.at < 2 and self.more():
                continue
            if self.text[self.at : self.at + 1] in stops:
                return
            if not self._pass_comment():
                self._pass_quoted()

    def statement(self, most: int) -> str:
        """The statement here without going on, or its beginning of so many signs."""
        self.have(most)
        return self.text[self.at : min(self._end(self._between[";"]), self.at + most)]

    def _end(self, pattern: re.Pattern[str]) -> int:
        found = pattern.match(self.text, self.at)
        return found.end() if found else self.at

    def _pass_quoted(self) -> None:
        """Go behind a string that is longer than the window, however long it is, or over a sign that begins none."""
        mark, before = self.text[self.at], self.text[max(self.at - _BEHIND, 0) : self.at]
        if mark == "$":
            self.have(100)
            dollars = _DOLLARS.match(self.text, self.at)
            self.at = dollars.end() if dollars else self.at + 1
            if dollars:
                self.pass_to(dollars.group())
            return
        self.at += 1
        if mark not in "'\"`":
            return
        if mark != "'" or (self.postgres and not re.fullmatch(r"\W[Ee]", before, re.ASCII)):
            self.pass_to(mark)
            return
        while True:
            self.at = self._end(_INSIDE)
            if len(self.text) - self.at < 2 and self.more():
                continue
            self.at = min(self.at + 1, len(self.text))
            return
