"""The zone: moments and what its clocks show are those of Python's own database, whatever the clocks did."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from moodlelogsmart.reading.zone import define_zone
from moodlelogsmart.workspace import Limits, Stop, open_workspace

# Clocks that change by an hour, by half an hour, not at a full hour, around midnight, not at all; a day that was left
# out (Apia, 2011), and a month between two changes (Casablanca).
ZONES = ["UTC", "Europe/Madrid", "America/Sao_Paulo", "America/St_Johns", "Australia/Lord_Howe", "Asia/Gaza",
         "Pacific/Apia", "Africa/Casablanca", "Asia/Kathmandu", "America/Caracas", "Pacific/Chatham"]  # fmt: skip
MINUTES = st.datetimes(datetime(1995, 1, 1), datetime(2023, 12, 31)).map(
    lambda wall: wall.replace(microsecond=0, fold=0)
)


def placed(folder, zone, walls):
    """The moment of each local time and how it is shown, in their order."""
    with open_workspace(folder, Limits(), Stop()) as work:
        work.run("create table wall (n integer, wall timestamp)")
        work.run("insert into wall select unnest($1), unnest($2)", [[*range(len(walls))], walls])
        moment = define_zone(work, zone)
        return work.run(
            f"""select moment, local(moment), iso(moment) from (select n, {moment} as moment from wall) order by n"""
        )


def of_python(zone, wall):
    """The same as Python's zoneinfo has it, the first of two times that the clocks show twice."""
    moment = wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    shown = moment.astimezone(ZoneInfo(zone))
    return moment.replace(tzinfo=None), shown.replace(tzinfo=None), shown.isoformat()


@pytest.mark.parametrize("zone", ZONES)
def test_each_half_hour_around_each_change_of_clocks_is_placed_as_it_was(tmp_path, zone):
    hours = [datetime(1998, 1, 1) + timedelta(hours=n) for n in range(26 * 366 * 24)]
    ahead = [hour.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).utcoffset() for hour in hours]
    changes = [hour for hour, before, now in zip(hours[1:], ahead, ahead[1:], strict=False) if before != now]
    walls = [change + max(ahead) + timedelta(minutes=30 * n - 1) for change in changes[-12:] for n in range(-60, 8)]
    for wall, row in zip(walls, placed(tmp_path, zone, walls), strict=True):
        assert row == of_python(zone, wall), wall


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(zone=st.sampled_from(ZONES), walls=st.lists(MINUTES, min_size=1, max_size=5))
@example(zone="Pacific/Apia", walls=[datetime(2011, 12, 30, 12), datetime(2011, 12, 29), datetime(2011, 12, 31)])
@example(zone="Australia/Lord_Howe", walls=[datetime(2021, 4, 4, 1, 45), datetime(2021, 10, 3, 2, 15)])
def test_any_time_is_placed_as_it_was(tmp_path, zone, walls):
    assert placed(tmp_path, zone, walls) == [of_python(zone, wall) for wall in walls]


def test_without_times_a_moment_is_still_shown(tmp_path):
    with open_workspace(tmp_path, Limits(), Stop()) as work:
        work.run("create table wall (wall timestamp)")
        define_zone(work, "Europe/Madrid")
        assert work.run("select iso(null::timestamp), local(null::timestamp)") == [(None, None)]
