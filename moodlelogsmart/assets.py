"""Where templates, style and translations lie: beside the package in a checkout, within it where it is installed."""

from pathlib import Path

_PACKAGE = Path(__file__).parent


def assets(name: str) -> Path:
    """The folder `templates`, `static` or `translations`."""
    installed = _PACKAGE / name
    return installed if installed.is_dir() else _PACKAGE.parent / name


def is_checkout() -> bool:
    """Whether the package runs from a checkout rather than from where it was installed."""
    return not (_PACKAGE / "templates").is_dir()
