"""docs/architecture.md tells the rooms and the tables as they are."""

import ast
import re
import subprocess
import sys
import tomllib
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from conftest import event, graded, log_text, viewed

from moodlelogsmart import pipeline
from moodlelogsmart.options import Options

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "moodlelogsmart"
DOCUMENT = (ROOT / "docs" / "architecture.md").read_text()

# The rooms from above to below: each may use what stands behind it. Some are modules.
ROOMS = ["server.py", "application.py", "commands", "worker.py", "web", "cluster", "jobs", "library.py", "pipeline.py", "sample", "export",
         "report", "analysis", "meaning", "reading", "workspace.py",
         "options.py", "config.py", "machine.py", "messages.py", "assets.py", "logs.py"]  # fmt: skip
# Those that run SQL in the database of a job.
MODULES = [
    path
    for room in ("reading", "meaning", "analysis", "report", "export")
    for path in sorted(PACKAGE.glob(f"{room}/*.py"))
]


# ---- What the document says.


@dataclass
class Table:
    """A table as it is told: what it is, in which stages it comes and goes, whose it is, its key and its columns."""

    kind: str
    stage: str
    until: str
    made: set[str]
    read: set[str]
    key: list[str]
    columns: dict[str, set[str]]


@cache
def told():
    """The tables of the document by name, each below the heading of its stage."""
    tables = {}
    for stage, part in re.findall(r"^### Stage (\w+)\n(.+?)(?=^### |\Z)", DOCUMENT, re.MULTILINE | re.DOTALL):
        for name, about, rows in re.findall(r"^#### `(\w+)`\n\n([^|]+?)\n\n((?:\|.*\n)+)", part, re.MULTILINE):
            assert name not in tables, f"{name} is told twice"
            tables[name] = told_at_length(name, stage, " ".join(about.split()), rows, tables)
        for entry in re.split(r"^- ", part.partition("#### Scratch\n")[2], flags=re.MULTILINE)[1:]:
            name, table = told_in_short(" ".join(entry.split()), stage, tables)
            assert name not in tables, f"{name} is told twice"
            tables[name] = table
    return tables


def told_at_length(name, stage, about, rows, tables):
    found = re.match(r"(Table|View)(?:, dropped in (\w+))?\. Made by (.+?)\. Read by (.+?)\. Key: ([^.;,]+)", about)
    assert found, f"{name}: what stands under its heading does not begin with kind, makers, readers and key"
    kind, until, made, read, key = found.groups()
    columns = {}
    for those_of, column, types in re.findall(r"^\| (?:those of `(\w+)`|`(\w+)`) \| (.*?)\|", rows, re.MULTILINE):
        columns |= {column: set(types.strip().split(" or "))} if column else tables[those_of].columns
    return Table(kind.lower(), stage, until or "", modules(made), modules(read), re.findall(r"`(\w+)`", key), columns)


def told_in_short(entry, stage, tables):
    found = re.match(r"`(\w+)`, made by (`\S+`): .+ Columns: (.+)\.$", entry)
    assert found, f"{entry[:40]}…: does not say “made by” and “Columns:”"
    name, made, listed = found.groups()
    columns = {column: {type_} for column, type_ in re.findall(r"`(\w+)` ([\w\[\]]+)", listed)}
    for other in re.findall(r"those of `(\w+)`", listed):
        columns |= tables[other].columns
    return name, Table("table", stage, "", modules(made), set(), [], columns)


def modules(text):
    return set(re.findall(r"`([\w/]+\.py)`", text))


# ---- What the program says of itself: who makes and reads a table, by the SQL in its modules.


def created_in(path):
    sql = "\n".join(texts(path))
    made = set(re.findall(r"\bcreate (?:or replace )?(?:table|view) (?:if not exists )?(\w+)", sql))
    made |= set(re.findall(r'\.make_by\("(\w+)"', path.read_text()))
    # By DuckDB itself.
    return made | ({"reject_errors", "reject_scans"} if "store_rejects" in sql else set())


def made_in(path):
    return created_in(path) | handed_over(path, "_load")


def read_in(path):
    """What stands behind the words that come before a table, but for parts of a statement that it names itself."""
    found = handed_over(path, "lines", "_replace")
    for sql in texts(path):
        own = set(re.findall(r"\b(\w+) as (?:not materialized )?\(", sql))
        clause = r"(?<!distinct )\b(?:from|join|update|insert into|alter table) (\w+)"
        found |= set(re.findall(clause, sql)) - own
    return found


def texts(path):
    """The texts of a module but for what describes it, an f-string with {} for what is put in."""
    tree = ast.parse(path.read_text())
    nodes = list(ast.walk(tree))
    passed = {id(part) for node in nodes if isinstance(node, ast.JoinedStr) for part in ast.walk(node)} | {
        id(node.value) for node in nodes if isinstance(node, ast.Expr)
    }
    for node in nodes:
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in passed:
            yield node.value


def handed_over(path, *helpers):
    """The names in functions that hand tables to one of the helpers, which makes the SQL."""
    found = set()
    for function in ast.walk(ast.parse(path.read_text())):
        nodes = list(ast.walk(function)) if isinstance(function, ast.FunctionDef) else []
        if any(isinstance(node, ast.Call) and getattr(node.func, "id", "") in helpers for node in nodes):
            words = [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
            found |= {match[1] for word in words if (match := re.match(r"(\w+)( where |$)", word))}
    return found


def owners(find):
    """By table the modules in which `find` finds it."""
    found = defaultdict(set)
    for path in MODULES:
        for name in find(path):
            found[name].add(path.relative_to(PACKAGE).as_posix())
    return found


# ---- What there is after each stage, by jobs that have it all.


def plain(folder):
    """As most are: learners and a teacher, who stays in, and a rule that asks what came before."""
    log = [graded(9, 4), viewed(4, module="assign"), viewed(5, module="quiz", time="17/10/21, 12:45")]
    return [log_text(log)], Options(keep=("staff",))


def everything(folder):
    """Two files, times in words and without a year, rows with odd cells, lists of people, a filter and a key."""
    times = [f"{day} October, 09:0{minute}" for day in (4, 5) for minute in range(5)]
    rows = [viewed(4, name="Ana Reis", time=time, **{"Event context": "Page: of Ana Reis"}) for time in times]
    rows.append(event("User with id '4' viewed the profile for the user with id '5'.", time=times[-1], name="Ana Reis"))
    lists = {
        "roster": "Roles\nAna Reis,Student",
        "grades": "Course total\nAna Reis,8.5",
        "groups": "Groups\nAna Reis,A",
        "labels": "Element,Label\n,*,Own",
    }
    for name, text in lists.items():
        (folder / f"{name}.csv").write_text(f"Name,{text}\n")
    odd = log_text(rows) + '"5 October, 09:09",Ana Reis,-,Page: One,System,Something\nodd\n'
    files = {name: folder / f"{name}.csv" for name in lists}
    options = Options(**files, grades_in_log=True, pseudonym_key="0a" * 32, case="student_course", until="2099-12-31")
    return [log_text(rows), odd], options


class Watch:
    """What there is in the workspace of a job, looked at when a stage is over and between the files of the export."""

    def __init__(self):
        self.work = None
        self.stage, self.there = "", set()  # the stage that is under way, what there was before it
        self.kinds, self.made, self.dropped, self.doubled = {}, {}, {}, set()
        self.columns = defaultdict(lambda: defaultdict(set))

    def progress(self, percent, stage):
        there = self.look()
        for name in there - self.there:
            self.made.setdefault(name, self.stage)
            key = ", ".join(f'"{column}"' for column in told()[name].key) if name in told() else ""
            twice = f"select count(*) from (select {key} from {name} group by all having count(*) > 1)"
            if key and self.work.value(twice):
                self.doubled.add(f"{name} by {key}")
        for name in self.there - there:
            self.dropped[name] = self.stage
        self.there = there
        self.stage = stage

    def look(self):
        """Take down kinds and columns of all that is there, types of Workspace.make_type by their names; its names."""
        query = "select type_name, labels from duckdb_types() where type_name like '%_text'"
        own = {f"ENUM({', '.join(map(repr, labels))})": name for name, labels in self.work.run(query)}
        self.kinds |= dict(self.work.run("select table_name, 'table' from duckdb_tables()"))
        self.kinds |= dict(self.work.run("select view_name, 'view' from duckdb_views() where not internal"))
        columns = self.work.run("select table_name, column_name, data_type from duckdb_columns() where not internal")
        for table, column, type_ in columns:
            self.columns[table][column].add(own.get(type_, type_.split("(")[0]))
        return {table for table, _, _ in columns}


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    """Both jobs, watched; in the second the log counts as one of many meanings."""
    watch, opened = Watch(), pipeline.open_workspace

    @contextmanager
    def open_workspace(*limits):
        with opened(*limits) as watch.work:
            yield watch.work

    for job in (plain, everything):
        folder = tmp_path_factory.mktemp(job.__name__)
        logs, options = job(folder)
        paths = [folder / f"{place}.csv" for place in range(len(logs))]
        for path, text in zip(paths, logs, strict=True):
            path.write_text(text)
        (folder / "out").mkdir()
        watch.stage, watch.there = "", set()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(pipeline, "open_workspace", open_workspace)
            if job is everything:
                patch.setattr("moodlelogsmart.meaning.log.MANY", 0)
            pipeline.process(paths, options, folder / "out", watch.progress)
    return watch


def compared(told_of, real, what):
    """What of a fact by name is not as told, in words."""
    return [
        f"{name}: {what} {told_of.get(name) or 'nothing'} in the document, {real.get(name) or 'nothing'} in the program"
        for name in sorted(told_of.keys() | real.keys())
        if told_of.get(name) != real.get(name)
    ]


def told_of(fact):
    return {name: getattr(table, fact) for name, table in told().items()}


def test_the_map_has_every_table_and_view_and_no_other(seen):
    assert not compared(told_of("kind"), seen.kinds, "is")


def test_the_map_has_every_column_with_its_type_and_no_other(seen):
    real = {f"{name}.{column}": types for name, columns in seen.columns.items() for column, types in columns.items()}
    columns = told_of("columns")
    told_types = {f"{name}.{column}": types for name, table in columns.items() for column, types in table.items()}
    assert not compared(told_types, real, "has type")


def test_the_map_tells_the_stage_in_which_a_table_is_made_and_dropped(seen):
    assert not compared(told_of("stage"), seen.made, "is made in stage")
    dropped = {name: stage for name, stage in told_of("until").items() if stage}
    assert not compared(dropped, seen.dropped, "is dropped in stage")


def test_the_map_tells_which_modules_make_and_read_a_table():
    tables = told()
    made, read = owners(made_in), owners(read_in)
    assert not compared(told_of("made"), {name: made[name] for name in tables}, "is made by")
    assert not compared(told_of("read"), {name: read[name] - made[name] for name in tables}, "is read by")


def test_the_keys_of_the_map_name_one_row_each(seen):
    assert not seen.doubled


def test_the_tables_that_no_stage_leaves_behind_are_named(seen):
    sentence = re.search(r"gone before their own stage ends(.+?)\n\n", DOCUMENT, re.DOTALL)[1]
    created = set().union(*map(created_in, MODULES))
    assert set(re.findall(r"`(\w+)`", sentence)) == created - seen.made.keys()


def test_no_other_room_has_sql_for_a_workspace():
    inside = {*MODULES, PACKAGE / "workspace.py"}
    others = [path for path in PACKAGE.rglob("*.py") if path not in inside]
    assert not [path.name for path in others if re.search(r"\bwork\.(run|value|texts)\(", path.read_text())]


def test_the_rooms_of_the_picture_are_those_of_the_package():
    real = {path.name for path in PACKAGE.glob("*.py")} | {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    picture = DOCUMENT.split("```")[1]
    assert set(re.findall(r"│ ([a-z]+(?:\.py)?) +│", picture)) == real - {"__init__.py", "__main__.py"} == set(ROOMS)
    assert re.findall(r"^- `([\w.]+)`: .*never\s", DOCUMENT.split("```")[2].split("\n## ")[0], re.MULTILINE) == ROOMS


def test_the_arrows_between_the_rooms_go_one_way():
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_the_order_that_is_held_is_that_of_the_picture():
    contract = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"][0]
    held = [room for layer in contract["layers"] for room in layer.split(" | ") if room != "__main__"]
    assert held[:15] == [room.removesuffix(".py") for room in ROOMS[:15]]
