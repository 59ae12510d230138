import threading
from itertools import islice

import duckdb
import pytest
from working import ENDLESS

from moodlelogsmart.messages import MachineError
from moodlelogsmart.options import Options
from moodlelogsmart.pipeline import process
from moodlelogsmart.sample.files import sample_texts
from moodlelogsmart.workspace import Limits, Stop, Stopped, open_workspace


def test_texts_come_as_they_stand_one_behind_the_other_and_in_order(tmp_path):
    texts = ["one", "", "é🎓", "two\nlines", "nul\0"] * 30_000
    with open_workspace(tmp_path, Limits(), Stop()) as work:
        work.run("create table t as select unnest($1) as text", [texts])
        assert b"".join(work.texts("select text from t")) == "".join(texts).encode()
        assert b"".join(work.texts("select text from t where false")) == b""
        assert b"".join(work.texts("select '' from t")) == b""


@pytest.mark.parametrize("rows", [0, 1, 7, 100_000])
@pytest.mark.parametrize("size", [1, 5_000])
def test_ranges_hold_each_row_of_a_table_once(tmp_path, rows, size):
    with open_workspace(tmp_path, Limits(memory=100), Stop()) as work:
        work.run(f"create table t as select i from range({rows}) r(i)")
        ranges = work.ranges("t", size)
        assert sum(work.value(f"select count(*) from t where rowid {some}") for some in ranges) == rows
        assert len(ranges) == 1 + rows * size // (25 << 20)


def test_ranges_of_what_is_counted_hold_each_row_once(tmp_path):
    with open_workspace(tmp_path, Limits(memory=100), Stop()) as work:
        work.run("create table t as select 1 + i // 10 as session from range(100_000) r(i)")
        ranges = work.ranges("t", 5_000, "session")
        assert [work.value(f"select count(*) from t where session {some}") % 10 for some in ranges] == [0] * 20
        assert sum(work.value(f"select count(*) from t where session {some}") for some in ranges) == 100_000


@pytest.mark.parametrize("key", ["", "0a" * 32])
def test_a_log_that_is_worked_on_in_parts_gives_the_same_files(tmp_path, monkeypatch, key):
    (log := tmp_path / "log.csv").write_text(sample_texts("en")["sample.csv"])
    options = Options(timezone="Europe/London", keep=("staff",), pseudonym_key=key)
    files = []
    for parts in (1, 7):
        monkeypatch.setattr("moodlelogsmart.workspace.Workspace.parts", lambda work, size, parts=parts: parts)
        (out := tmp_path / f"in {parts}").mkdir()
        process(log, options, out)
        files.append({path.name: path.read_bytes() for path in out.iterdir()})
    whole, in_parts = files
    assert [name for name in whole if whole[name] != in_parts[name]] == []
    assert whole.keys() == in_parts.keys()


@pytest.mark.parametrize("few", [3, 2])
def test_texts_of_a_type_keep_their_order_be_they_few_or_many(tmp_path, monkeypatch, few):
    monkeypatch.setattr("moodlelogsmart.workspace.FEW", few)
    with open_workspace(tmp_path, Limits(), Stop()) as work:
        work.run("create table t as select unnest(['b', '', 'a', 'b']) as text")
        work.make_type("letter", "select distinct text from t")
        assert work.run("select text::letter as text from t order by text") == [("",), ("a",), ("b",), ("b",)]
        assert work.value("select any_value(typeof(text::letter)) from t").startswith("ENUM") == (few == 3)


def test_a_stop_ends_texts_that_are_being_taken(tmp_path):
    stop = Stop()
    with open_workspace(tmp_path, Limits(), stop) as work, pytest.raises(Stopped):
        for _ in islice(work.texts("select concat('x', i) from range(100_000_000_000) t(i)"), 1000):
            stop.request()


def test_a_stop_ends_a_query_before_its_first_text(tmp_path):
    stop = Stop()
    with open_workspace(tmp_path, Limits(), stop) as work:
        threading.Timer(0.3, stop.request).start()  # by then the query has begun, and it is minutes from its end
        with pytest.raises(Stopped):
            next(work.texts(ENDLESS))


@pytest.mark.parametrize("kind", [OSError, duckdb.Error])
@pytest.mark.parametrize("text", ["Out of Memory Error: x", "IO Error: Could not write: No space left on device"])
def test_what_the_machine_is_to_blame_for_is_told_also_where_arrow_tells_it(tmp_path, kind, text):
    with pytest.raises(MachineError), open_workspace(tmp_path, Limits(), Stop()):
        raise kind(text)


def test_what_is_there_is_not_made_again_but_what_differs_is(tmp_path, monkeypatch):
    with open_workspace(tmp_path, Limits(), Stop()) as work:
        work.define("macro", "twice(x)", "x * 2")
        work.define("variable", "few", "(select 3)")
        with monkeypatch.context() as patch:
            patch.setattr(work, "run", lambda *_: pytest.fail("made again"))
            work.define("macro", "twice(x)", "x * 2")
            work.define("variable", "few", "(select 3)")
        assert work.value("select twice(getvariable('few'))") == 6
        work.define("macro", "twice(x)", "x + x + 1")
        work.define("variable", "few", "(select 4)")
        assert work.value("select twice(getvariable('few'))") == 9
