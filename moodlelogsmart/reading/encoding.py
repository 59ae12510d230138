"""Stage read, second part: the encoding of a text, judged on the whole file, and the text as UTF-8."""

import codecs
import re
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path

from charset_normalizer import from_bytes

from moodlelogsmart.messages import LogError, Message
from moodlelogsmart.reading.model import UNKNOWN, Part
from moodlelogsmart.workspace import Workspace

# Bytes; eight times as much takes three times as long, since each text is then in new pages of memory.
CHUNK = 1 << 17
SAMPLE = 1 << 17  # bytes of lines with other than ASCII letters, by which an encoding is told from the others

# The 8-bit and East Asian encodings of the systems on which logs are saved. Western first: what several fit is that.
# fmt: off
_ENCODINGS = [
    "cp1252", "cp1254", "cp1250", "cp1251", "cp1253", "cp1255", "cp1256", "cp1257", "koi8_r", "cp932", "euc_jp",
    "gb18030", "cp949", "big5", "cp874", "mac_roman",
]
# fmt: on
# The letters beyond ASCII of the languages that are written in each encoding of Latin letters.
_WESTERN = [
    "áâãàçéêíóôõúü",
    "áéíóúñü",
    "àâæçéèêëîïôœùûüÿ",
    "äöüß",
    "åäöé",
    "æøåéô",
    "àèéìíòóùú",
    "àçéèíïóòúü·",
    "ëéèïöüáó",
    "áéíóúýðþæö",
]  # fmt: skip
_LATIN = {
    "cp1252": _WESTERN,
    "cp1254": ["âçğıîöşüûi\N{COMBINING DOT ABOVE}"],
    "cp1250": ["ąćęłńóśźż", "áčďéěíňóřšťúůýž", "áäčďéíľĺňóôŕšťúýž", "áéíóöőúüű", "ăâîşţ", "čćđšž"],
    "cp1257": ["āčēģīķļņšūž", "ąčęėįšųūž", "äöõüšž"],
    "mac_roman": _WESTERN,
}
_TYPOGRAPHY = "“”„‘’‚«»‹›–—…•·¿¡°ºª€ \N{NO-BREAK SPACE}"
_EDGES = _TYPOGRAPHY.encode("cp1252")
_BOMS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
# What is well-formed UTF-8 beyond ASCII (RFC 3629), to tell a few stray bytes from another encoding.
_UTF8 = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_WORD = re.compile(rb"[A-Za-z\x80-\xff]+")
# By what an encoding was told.
_MARK, _ZEROS = Message("the mark at its beginning"), Message("every second byte is zero")
_WHOLE, _NEARLY = Message("all of it is valid UTF-8"), Message("nearly all of it is valid UTF-8")
_LABELS, _LETTERS = Message("the names of the columns"), Message("the letters in it")
_LOST = "\N{REPLACEMENT CHARACTER}"
_OTHER_BYTE = re.compile(rb"[\x80-\xff]")


def _read_stray(error: UnicodeError) -> tuple[str, int]:
    """Of a stray byte in UTF-8: the letter that it is in cp1252."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", errors="replace"), error.end


codecs.register_error("stray", _read_stray)


def as_utf8(
    path: Path, work: Workspace, known: Callable[[str], int], told: Part[str] = UNKNOWN
) -> tuple[Path, Part[str], int]:
    """The text in UTF-8, rewritten into the workspace unless it is that already; its encoding; the letters lost.

    `known(text)` counts what in the beginning of the text is familiar; no encoding is guessed where it is `told`. A
    byte that the encoding does not have becomes U+FFFD and is a letter lost; in a text that is UTF-8 but for a few, the
    letter that it is in cp1252.
    """
    is_utf8, encoding = False, told
    if told.value in ("", "utf-8"):
        found = _unicode(path, work)
        is_utf8, encoding = found.value == "utf-8", told.or_found(lambda: found)
    if is_utf8:
        return path, encoding, 0
    if not encoding.value:
        encoding = _guess(*_samples(path, work), known)
    target = work.scratch()
    errors = "stray" if encoding.value == "utf-8" else "replace"
    decoder = codecs.getincrementaldecoder(encoding.value)(errors)
    lost = 0
    try:
        with target.open("wb") as out:
            for chunk in chain(_chunks(path, work), [b""]):
                text = decoder.decode(chunk, final=not chunk).replace("\0", _LOST)
                lost += text.count(_LOST)
                out.write(text.encode("utf-8", errors="replace"))
    except UnicodeError:
        # What "replace" does not catch: UTF-16 without the mark that says which half of a letter comes first.
        raise _undecodable(encoding.value) from None
    return target, encoding, lost


def decode_as(start: bytes, encoding: str) -> str:
    """The beginning of a text whose encoding is told. Raises LogError as `as_utf8` does."""
    try:
        return codecs.getincrementaldecoder(encoding)("replace").decode(start)
    except UnicodeError:
        raise _undecodable(encoding) from None


def _undecodable(encoding: str) -> LogError:
    return LogError("The log cannot be read in the encoding %(encoding)s.", encoding=encoding)


def decode_start(start: bytes, known: Callable[[str], int]) -> str:
    """The beginning of a text whose encoding nobody knows yet."""
    return codecs.getincrementaldecoder(find_encoding(start, known))("replace").decode(start)


def find_encoding(start: bytes, known: Callable[[str], int]) -> str:
    """The encoding of a text by its beginning; `known` as in `as_utf8`."""
    encoding = _mark(start)
    if not encoding:
        try:
            codecs.getincrementaldecoder("utf-8")().decode(start)
        except UnicodeDecodeError:
            return _guess(start, b"\n".join(_special_lines(start)), known).value
    return encoding or "utf-8"


def decode_end(end: bytes, start: bytes, known: Callable[[str], int]) -> str:
    """The whole lines at the end of a text that begins with `start`, from an even byte on."""
    encoding = _mark(start)
    if encoding.startswith("utf-16"):
        return end.decode(encoding, errors="replace").partition("\n")[2]
    # It may begin within a letter.
    return decode_start(end.partition(b"\n")[2], known)


def _unicode(path: Path, work: Workspace) -> Part[str]:
    """UTF-8 or UTF-16 where the whole file is that, else UNKNOWN; real logs hold their first odd byte megabytes in."""
    decoder = None
    for chunk in _chunks(path, work):
        if decoder is None:
            mark = _mark(chunk)
            if mark.startswith("utf-16"):
                return Part(mark, True, _MARK if chunk.startswith(_BOMS) else _ZEROS)
            decoder = codecs.getincrementaldecoder("utf-8")()
        # Nothing to decode, unless the chunk before ended within a letter.
        if chunk.isascii() and not decoder.getstate()[0]:
            continue
        try:
            decoder.decode(chunk)
        except UnicodeDecodeError:
            return UNKNOWN
    try:
        if decoder:
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return UNKNOWN
    return Part("utf-8", True, _WHOLE)


def _mark(start: bytes) -> str:
    """UTF-8 or UTF-16 by its byte order mark, or UTF-16 by its zero bytes; else ''."""
    for mark, encoding in _MARKS.items():
        if start.startswith(mark):
            return encoding
    start = start[: 1 << 16]
    zeros = start[::2].count(0), start[1::2].count(0)
    return ("utf-16-be" if zeros[0] > zeros[1] else "utf-16-le") if max(zeros) > len(start) // 6 else ""


def _samples(path: Path, work: Workspace) -> tuple[bytes, bytes]:
    """The beginning of a file, and its lines with other than ASCII letters, up to SAMPLE bytes of them."""
    start, special, size = b"", [], 0
    for chunk in _chunks(path, work):
        start = start or chunk[:SAMPLE]
        for line in _special_lines(chunk):
            special.append(line[:1000])
            size += len(special[-1])
        if size > SAMPLE:
            break
    return start, b"\n".join(special)


def _special_lines(text: bytes) -> list[bytes]:
    """The lines with other than ASCII letters."""
    return [] if text.isascii() else [line for line in text.splitlines() if not line.isascii()]


def _guess(start: bytes, special: bytes, known: Callable[[str], int]) -> Part[str]:
    """The most likely encoding: that in which the most labels of the header are known, else by the look of the text."""
    stray = len(_OTHER_BYTE.findall(_UTF8.sub(b"", special)))
    if stray * 4 <= len(_UTF8.findall(special)):
        return Part("utf-8", False, _NEARLY)
    familiar = {encoding: known(start.decode(encoding, errors="replace")) for encoding in _ENCODINGS}
    plain = known(start.decode("ascii", errors="ignore"))
    best = max(familiar.values())
    likely = [encoding for encoding in _ENCODINGS if familiar[encoding] == best]
    if best > plain or not special:
        return Part(likely[0], len(likely) == 1, _LABELS)
    words = [word for word in _WORD.findall(special) if not word.isascii()]
    # The letters of East Asia have bytes that look like ASCII signs, so only whole lines show them.
    found = _latin(words) or _by_look(b" ".join(words)) or _by_look(special) or _ENCODINGS[0]
    return Part(found, False, _LETTERS)


def _latin(words: list[bytes]) -> str:
    """The encoding of Latin letters in which most of the special bytes are letters of one language; '' for none.

    In Latin scripts special letters stand among plain ones; in all others they stand together. Quotes and dashes
    around words say nothing.
    """
    words = [word for word in (word.strip(_EDGES) for word in words) if _OTHER_BYTE.search(word)]
    together = sum(map(len, words)) - sum(len(_OTHER_BYTE.findall(word)) for word in words)
    if together * 2 < sum(map(len, words)):
        return ""
    text = b" ".join(words)

    def letters(encoding: str) -> float:
        """The share of the special letters that the language which has the most of them has, in hundredths."""
        high = [c for c in text.decode(encoding, errors="replace").lower() if ord(c) > 127 and c not in _TYPOGRAPHY]
        return max(round(sum(c in own for c in high) / len(high), 2) if high else 1.0 for own in _LATIN[encoding])

    best = max(_LATIN, key=letters)
    return best if letters(best) >= 0.6 else ""


def _by_look(text: bytes) -> str:
    best = from_bytes(text, cp_isolation=_ENCODINGS).best()
    near = best.could_be_from_charset if best else []
    return next((encoding for encoding in _ENCODINGS if encoding in near), "")


def _chunks(path: Path, work: Workspace) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            work.check()
            yield chunk
