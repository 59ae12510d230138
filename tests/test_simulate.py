"""The simulation of many lecturers is of the program that there is, and docs/scale.md has what it gives."""

import statistics
import sys

import pytest
from serving import ROOT

sys.path.insert(0, str(ROOT / "bench"))
import simulate

PAGE = (ROOT / "docs" / "scale.md").read_text()


@pytest.fixture(scope="module")
def coming():
    return simulate.uploads(lecturers=300, days=(1,))


def test_everybody_gets_results_and_the_more_workers_there_are_the_sooner(coming):
    seen = {workers: simulate.simulate(coming, workers) for workers in (1, 2, 64)}
    assert {len(one.results) for one in seen.values()} == {len(coming)}
    waits = [statistics.fmean(one.waits) for one in seen.values()]
    assert waits == sorted(waits, reverse=True)
    assert max(seen[64].waits) == seen[64].refused == 0
    for one in seen.values():
        assert all(wait >= 0 for wait in one.waits)


def test_it_gives_the_same_each_time(coming):
    again = simulate.uploads(lecturers=300, days=(1,))
    assert again == coming
    assert simulate.simulate(again, 2) == simulate.simulate(coming, 2)
    assert simulate.uploads(lecturers=300, days=(1,), seed=1) != coming


def upload(number, owner, takes=100.0):
    return simulate.Upload(number, owner, at=number / 10, takes=takes)


def test_the_turns_are_those_of_the_program():
    many = [upload(number, owner=1) for number in range(5)]
    seen = simulate.simulate([*many, upload(9, owner=2)], workers=1)
    assert len(seen.waits) == 6
    assert seen.waits[1] == pytest.approx(100 - 0.9)  # that of another is begun second, though it came last


def test_who_is_refused_comes_back():
    seen = simulate.simulate([upload(number, owner=number, takes=100) for number in range(5)], workers=1, queue_limit=1)
    assert (seen.refused, len(seen.results)) == (3, 5)
    assert max(seen.waits) > simulate.COMES_BACK * simulate.MINUTE


def test_a_log_takes_what_was_measured():
    points, slower = simulate.measured()
    assert [simulate.seconds(events, points) for events, _took in points] == [took for _events, took in points]
    few, many = simulate.seconds(50_000, points), simulate.seconds(5_000_000, points)
    assert points[0][1] < few < points[1][1]
    assert many > points[-1][1] * 4
    assert simulate.seconds(1, points) == points[0][1]
    assert 1 < slower < 2


def test_the_document_tells_what_is_assumed_and_has_a_row_for_each_number_of_workers():
    part = PAGE.partition(simulate.BEGIN)[2].partition(simulate.END)[0]
    for line in simulate.assumed():
        assert line in part
    for name, _days, _times in simulate.TERMS:
        table = part.partition(f"**{name}**")[2].partition("**\n")[0]
        assert all(f"\n| {workers} | " in table for workers in simulate.WORKERS)


def test_its_table_is_written_where_it_belongs(tmp_path):
    page = tmp_path / "scale.md"
    page.write_text(f"before\n\n{simulate.BEGIN}\n\nold\n\n{simulate.END}\n\nafter\n")
    lines = simulate.table("Two days", (3, 1), 1, lecturers=20, workers=(1, 8))
    simulate.write(page, lines)
    text = page.read_text()
    assert text.startswith(f"before\n\n{simulate.BEGIN}\n\n**Two days**: ")
    assert text.endswith(f"{simulate.END}\n\nafter\n")
    assert "old" not in text
    assert text.count("\n| ") == 4
