"""Text within XML: what the formats that are XML share."""

from moodlelogsmart.workspace import Workspace

# What XML 1.0 cannot hold becomes U+FFFD; tabs and line ends are kept by writing them as references.
_ILLEGAL = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x{FFFE}\x{FFFF}]"
_REFERENCES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}

# What cannot stand in a quoted attribute as it is.
SPECIAL = r'[&<>"\x00-\x1f\x{FFFE}\x{FFFF}]'


def define_xml(work: Workspace) -> None:
    """Define the SQL macro xml(value): a text as it stands within an element or a quoted attribute."""
    escaped = f"regexp_replace(value, '{_ILLEGAL}', chr(65533), 'g')"
    for character, reference in _REFERENCES.items():
        escaped = f"replace({escaped}, chr({ord(character)}), '{reference}')"
    # Most texts hold nothing to escape, and one look tells.
    work.define("macro", "xml(value)", f"if(regexp_matches(value, '{SPECIAL}'), {escaped}, value)")
