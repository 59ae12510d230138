"""Drafts under many hands: one for each owner, and never a file that belongs to none."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moodlelogsmart.jobs import drafts as module
from moodlelogsmart.jobs.drafts import PASSING, Draft, DraftFile, Drafts
from moodlelogsmart.jobs.job import now


@pytest.fixture
def drafts(tmp_path):
    return Drafts(tmp_path / "drafts")


def draft(tmp_path, name="log.csv", **fields):
    path = tmp_path / name
    path.write_text("rows")
    return Draft(files={"file": [DraftFile(name, path, 4)]}, **fields)


def on_disk(drafts):
    return [path for path in drafts._root.rglob("*") if path.is_file()]


ACTS = st.tuples(st.sampled_from(["keep", "tell", "drop", "oldest", "sweep", "later"]), st.sampled_from("abc"))


@given(st.lists(ACTS, max_size=20))
def test_the_files_on_the_disk_are_those_of_the_drafts(tmp_path_factory, acts):
    folder = tmp_path_factory.mktemp("drafts")
    drafts = Drafts(folder / "drafts")
    for act, owner in acts:
        match act:
            case "keep":
                drafts.keep(owner, draft(folder))
            case "tell":
                drafts.tell(owner, Draft(problems={"": "Later."}))
            case "drop":
                drafts.drop(owner)
            case "oldest":
                before = drafts.of(owner)
                drafts.drop_oldest(but=owner)
                assert drafts.of(owner) == before
            case "sweep":
                drafts.sweep(now())
            case "later":
                drafts.sweep(now() + timedelta(minutes=61))
        kept = [file.path for one in "abc" if (known := drafts.of(one)) for files in known.files.values() for file in files]  # fmt: skip
        assert sorted(on_disk(drafts)) == sorted(kept)
        assert drafts.size() == 4 * len(kept)


def test_beyond_so_many_the_oldest_go(drafts, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "MOST", 2)
    for owner in "abc":
        drafts.keep(owner, draft(tmp_path))
    assert [bool(drafts.of(owner)) for owner in "abc"] == [False, True, True]
    assert len(on_disk(drafts)) == 2


def test_beyond_so_many_bytes_the_oldest_go_but_never_the_newest(drafts, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "MOST_BYTES", 9)
    for owner in "abc":
        drafts.keep(owner, draft(tmp_path))
    assert [owner for owner in "abc" if drafts.of(owner)] == ["b", "c"]
    monkeypatch.setattr(module, "MOST_BYTES", 1)
    drafts.keep("d", draft(tmp_path))
    assert [owner for owner in "abcd" if drafts.of(owner)] == ["d"]
    assert len(on_disk(drafts)) == 1


def test_what_is_soon_over_is_not_told_for_long_and_the_rest_stays(tmp_path):
    one = draft(tmp_path, problems={"": "Try again in a minute."}, is_passing=True)
    assert one.seen(now()).problems
    assert one.seen(now() + PASSING + timedelta(seconds=1)).problems == {}
    assert one.seen(now() + PASSING + timedelta(seconds=1)).files
    assert one.seen(now() + timedelta(minutes=61)) is None


def test_a_refusal_of_which_nothing_came_leaves_what_was_kept(drafts, tmp_path):
    drafts.keep("a", draft(tmp_path, values={"case": ["session"]}))
    drafts.tell("a", Draft(problems={"": "Later."}))
    assert (drafts.of("a").values, drafts.of("a").problems) == ({"case": ["session"]}, {"": "Later."})
    assert len(on_disk(drafts)) == 1
    # One about another form takes its place.
    drafts.tell("a", Draft(about="a job", problems={"": "Later."}))
    assert on_disk(drafts) == []
