"""Parquet, opened with Apache Arrow."""

from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.parquet as pq
from conftest import graded, viewed


def opened(result):
    return pq.read_table(result.folder / "enriched_log.parquet")


def test_it_holds_the_rows_of_the_csv_in_their_order(enrich):
    rows = [viewed(user, time=f"{day}/10/21, 12:39") for day in (18, 17) for user in (10, 4)]
    result = enrich(rows)
    for mine, csv in zip(opened(result).to_pylist(), result.events, strict=True):
        assert mine.pop("time") == datetime.fromisoformat(csv.pop("time"))
        assert str(mine.pop("is_active")).lower() == csv.pop("is_active")
        assert {name: value or "" for name, value in mine.items()} == csv


def test_it_has_types(enrich):
    schema = opened(enrich([viewed(4, time="17/10/21, 12:39")], timezone="Asia/Tokyo")).schema
    assert schema.field("time").type == pa.timestamp("us", tz="UTC")
    assert schema.field("is_active").type == pa.bool_()
    table = opened(enrich([viewed(4, time="17/10/21, 12:39")], timezone="Asia/Tokyo"))
    assert table["time"][0].as_py() == datetime(2021, 10, 17, 3, 39, tzinfo=UTC)


def test_kept_staff_are_told_apart(enrich):
    assert set(opened(enrich([viewed(4), graded(9, 4)], keep=("staff",)))["role"].to_pylist()) == {"learner", "staff"}


def test_a_log_without_learners_is_an_empty_table(enrich):
    assert opened(enrich([graded(9, 4)])).num_rows == 0
