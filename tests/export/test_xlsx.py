"""The workbook, opened with two readers of spreadsheets."""

import json
from datetime import datetime

import openpyxl
import python_calamine
from conftest import graded, viewed

from moodlelogsmart.export import xlsx


def opened(result, name="Events"):
    return openpyxl.load_workbook(result.folder / "enriched_log.xlsx")[name]


def rows_of(sheet):
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def test_it_holds_the_rows_of_the_csv_in_their_order(enrich):
    result = enrich([viewed(user, time=f"{day}/10/21, 12:39") for day in (18, 17) for user in (10, 4)])
    header, *rows = rows_of(opened(result))
    assert header == list(result.events[0])
    for row, csv in zip(rows, result.events, strict=True):
        mine = dict(zip(header, row, strict=True))
        assert mine.pop("time") == datetime.fromisoformat(csv.pop("time")).replace(tzinfo=None)
        assert str(mine.pop("is_active")).lower() == csv.pop("is_active")
        assert {name: value or "" for name, value in mine.items()} == csv


def test_the_times_are_those_of_the_logs_zone(enrich):
    result = enrich([viewed(4, time="17/10/21, 12:39:05")], timezone="America/Sao_Paulo")
    assert opened(result)["B2"].value == datetime(2021, 10, 17, 12, 39, 5)
    assert opened(result)["B2"].is_date


def test_header_and_filters_stay_in_sight(enrich):
    sheet = opened(enrich([viewed(4), viewed(5)]))
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", "A1:T3")
    assert sheet["A1"].font.bold


def test_another_reader_sees_the_same(enrich):
    result = enrich([viewed(4), viewed(5)])
    sheet = python_calamine.load_workbook(result.folder / "enriched_log.xlsx").get_sheet_by_name("Events")
    assert [row[0] for row in sheet.to_python()] == ["case_id", "4", "5"]


def test_a_text_is_never_a_formula_or_a_number(enrich):
    texts = ["=1+1", "+1", "@x", "-1", '=HYPERLINK("http://x","y")', "007", "1e5", "TRUE"]
    sheet = opened(enrich([viewed(user, name=text) for user, text in enumerate(texts, start=10)]))
    for cell, text in zip(sheet["D"][1:], texts, strict=True):
        assert (cell.value, cell.data_type) in ((text, "s"), (text, "inlineStr"))


def test_a_text_longer_than_a_cell_is_cut(enrich):
    result = enrich([viewed(4, **{"Event context": "x" * 40_000})])
    assert len(opened(result)["G2"].value) == 32_767
    assert len(result.events[0]["event_context"]) == 40_000


def test_a_log_without_learners_is_a_sheet_with_a_header(enrich):
    assert len(rows_of(opened(enrich([graded(9, 4)])))) == 1


def test_a_log_too_long_for_a_sheet_is_left_out_and_told(enrich, monkeypatch):
    monkeypatch.setattr(xlsx, "EVENT_LIMIT", 2)
    result = enrich([viewed(user) for user in (4, 5, 6)])
    assert not (result.folder / "enriched_log.xlsx").exists()
    told = json.loads((result.folder / "manifest.json").read_text())
    assert "enriched_log.xlsx" not in [file["name"] for file in told["outputs"]]
    assert "more events than a workbook holds" in result.warned["workbook_left_out"]
    assert "workbook_left_out" in [warning["code"] for warning in told["warnings"]]


def test_it_has_a_sheet_for_each_question(enrich):
    book = openpyxl.load_workbook(enrich([viewed(4)]).folder / "enriched_log.xlsx")
    assert book.sheetnames == [
        "Summary", "Learners", "Activities", "Weeks", "Sessions", "Paths", "Events", "Left out", "How it was made"
    ]  # fmt: skip


def test_the_tables_in_it_are_those_of_the_files(enrich):
    result = enrich([viewed(user, time=f"{day}/10/21, 12:39") for day in (18, 17) for user in (10, 4)])
    for name, file in {"Learners": "learners", "Activities": "activities", "Sessions": "sessions"}.items():
        header, *rows = rows_of(opened(result, name))
        told = result.rows(f"{file}.csv")
        assert header == list(told[0])
        for row, csv in zip(rows, told, strict=True):
            for mine, (column, other) in zip(row, csv.items(), strict=True):
                if column.endswith("_time") and other:
                    assert mine == datetime.fromisoformat(other).replace(tzinfo=None)
                elif isinstance(mine, bool):
                    assert str(mine).lower() == other
                elif isinstance(mine, int | float):
                    assert mine == float(other)
                else:
                    assert (mine or "") == other


def test_weeks_are_days_of_the_calendar(enrich):
    sheet = opened(enrich([viewed(4, time="18/10/21, 12:39")]), "Weeks")
    assert (sheet["A2"].value, sheet["A2"].is_date) == (datetime(2021, 10, 18), True)


def test_it_tells_why_rows_were_left_out_and_how_it_was_made(enrich):
    result = enrich([viewed(4), graded(9, 4)])
    assert rows_of(opened(result, "Left out")) == [["reason", "rows"], ["staff", 1]]
    made = dict(rows_of(opened(result, "How it was made")))
    assert made["option case"] == "student"
    assert made["sha256 of input 1"] == json.loads((result.folder / "manifest.json").read_text())["inputs"][0]["sha256"]
