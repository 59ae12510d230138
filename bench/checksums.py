"""Print the checksum of every result file of some logs, with four sets of options: what a change must leave as it is.

    python bench/checksums.py LOG ... > after.txt

in the checkout with the change; the same from the folder of one without it, by the path of this file; then `diff`. A
folder is one job of all the files in it. Where a log is refused, the sentence stands in the place of the checksums.
"""

import hashlib
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path.cwd()))

from click.testing import CliRunner

from app import create_app
from moodlelogsmart.config import Settings

# Everybody whom a log is likely to name by number, each fiftieth of them staff.
ROSTER = "User id,Roles\n" + "".join(f"{n},{'Teacher' if n % 50 == 4 else 'Student'}\n" for n in range(1, 3000))
RULES = """
name: A few rules of one's own
rules:
  - {id: own-quiz, name: Quizzes, when: {module: quiz}, activity_type: Assess_A, rationale: A test., source: own}
  - {id: own-seen, name: Seen, when: {action: viewed}, activity_type: View, rationale: A test., source: own}
"""


def option_sets(folder: Path) -> dict[str, list[str]]:
    """The options by the name of their set; files that they name are made in `folder`."""
    files = {"roster.csv": ROSTER, "rules.yaml": RULES, "my.key": "ab" * 32 + "\n"}
    for name, text in files.items():
        (folder / name).write_text(text)
    keep = [part for role in ("staff", "system", "guest", "logged_in_as") for part in ("--keep", role)]
    return {
        "default": [],
        "course": ["--case", "student_course", "--timezone", "America/Sao_Paulo", "--session-gap", "60", *keep],
        "session": ["--case", "session", "--key", str(folder / "my.key")],
        "own": ["--rules", str(folder / "rules.yaml"), "--roster", str(folder / "roster.csv"), "--year", "2019"],
    }


def checksums(log: Path, options: list[str], runner: CliRunner, command: object) -> dict[str, str]:
    """sha256 by the name of the file, or the sentence of the refusal."""
    logs = sorted(log.iterdir()) if log.is_dir() else [log]
    with tempfile.TemporaryDirectory() as out:
        done = runner.invoke(command, ["process", *map(str, logs), "--out", out, *options])
        if done.exit_code:
            return {f"exit {done.exit_code}": done.output.strip().replace("\n", " ")}
        said = done.output.replace(out, "OUT").encode()
        files = {path.name: path.read_bytes() for path in sorted(Path(out).iterdir())} | {"said": said}
        return {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}


def main() -> None:
    """Print a line a file."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Settings(instance=str(Path(folder) / "instance")))
        runner, sets = app.test_cli_runner(), option_sets(Path(folder))
        for log in map(Path, sys.argv[1:]):
            for name, options in sets.items():
                for file, told in checksums(log, options, runner, app.cli).items():
                    print(log.name, name, file, told, flush=True)


if __name__ == "__main__":
    main()
