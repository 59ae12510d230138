"""Opens a page in a browser once its server answers, as a program beside that: `python -m ... URL PID`."""

import os
import sys
import time
import webbrowser
from urllib.error import URLError
from urllib.request import urlopen

BETWEEN = 0.2  # seconds between two looks at whether the server answers


def open_when_there(url: str, server: int) -> bool:
    """Open `url` once it answers; False where the process `server` ends before."""
    while os.getppid() == server:
        try:
            urlopen(url).close()  # noqa: S310 - of our own making
        except (URLError, OSError):
            time.sleep(BETWEEN)
            continue
        return webbrowser.open(url)
    return False


if __name__ == "__main__":
    open_when_there(sys.argv[1], int(sys.argv[2]))
