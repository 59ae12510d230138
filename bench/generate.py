"""Write a course log of any size in the shape of a real one, with invented people.

The mix of events (events.csv, in thousandths), the newest-first order, the clock without seconds and the bursts of one
person's clicks follow published course logs; every name is made up. The same size and seed always give the same bytes.

    python bench/generate.py 1000000 log.csv [--seconds]

--seconds: the clock has them, as that of newer versions of Moodle, so that nearly each event has a time of its own.
"""

import sys
from pathlib import Path

import duckdb

EVENTS_FILE = Path(__file__).with_name("events.csv")
STUDENTS_PER_EVENT = 1 / 250  # published course logs hold 150 to 400 events a learner
FIRST_NAMES = (
    "Abena Bruna Caio Dalva Edu Fátima Gil Hana Iara João Kofi Lívia Mei Nuno Olga Paulo Quitéria Rui Sofía Tomás"
)
LAST_NAMES = "Almada Brook Conceição D'Ávila Eklund Faria Gonçalves Hara Ivo Jansen Kamau Lobo Mota Nkosi Okafor Prado"

_CONTEXTS = """create table context as select * from (values ('resource', 'File: Reading'),
    ('assign', 'Assignment: Exercise'), ('quiz', 'Quiz: Test, part'), ('forum', 'Forum: Questions'),
    ('wiki', 'Wiki: Notes')) t(module, label)"""

# One row of `kind` for each thousandth of the events.
_KINDS = """create table kind as
    select row_number() over () - 1 as slot, kinds.* exclude (share) from read_csv($path, header = true) kinds,
        unnest(range(share)) order by staff, slot"""

# Twelve consecutive events, shuffled a little, are one person's; a person's number is drawn with a square, so that a
# few are far more active than the rest.
_ROWS = """
with drawn as (
    select i, hash(i, getvariable('seed')) as h, hash((i + hash(i, 7) % 30) // 12, getvariable('seed')) as burst
    from range(getvariable('events')) t(i)
), placed as (
    select *, 1000 + floor(getvariable('students') * pow((burst % 10007) / 10007, 2))::bigint as student,
        (select list(kind order by slot) from kind)[1 + (h % (select count(*) from kind))::bigint] as k,
        1 + (h >> 20) % 40 as place
    from drawn
), named as (
    select *, if(k.staff, 10 + student % 3, student)::varchar as user_id, (h % 900000)::varchar as item,
        (4000 + length(k.module) * 100 + place)::varchar as cm,
        timestamp '2025-12-02 06:00' - to_seconds((i * 120.0 * 86400 / getvariable('events'))::bigint) as moment
    from placed
)
select
    strftime(moment, getvariable('clock')) as "Time",
    concat(getvariable('first')[1 + user_id::bigint % 20], ' ', getvariable('last')[1 + (user_id::bigint // 20) % 16],
        ' ', user_id) as "User full name",
    '-' as "Affected user",
    coalesce(label || ' ' || place, 'Course: Invented Studies (2025 - IS 101)') as "Event context",
    k.component as "Component", k.event as "Event name",
    concat('The user with id ''', user_id, ''' ',
        replace(replace(replace(k.says, '{cm}', cm), '{item}', item), '{user}', user_id)) as "Description",
    'web' as "Origin", concat('10.0.', user_id::bigint % 250, '.', h % 250) as "IP address"
from named left join context on context.module = k.module
order by i
"""


def write_log(events: int, path: Path, seed: int = 1, seconds: bool = False) -> None:
    """Write a log of `events` rows to `path` as CSV, newest first; with `seconds` in its times, or without."""
    connection = duckdb.connect()
    connection.execute(_KINDS, {"path": str(EVENTS_FILE)})
    connection.execute(_CONTEXTS)
    variables = {
        "events": events,
        "seed": seed,
        "clock": "%-d/%m/%y, %H:%M:%S" if seconds else "%-d/%m/%y, %H:%M",
        "students": max(20, int(events * STUDENTS_PER_EVENT)),
        "first": FIRST_NAMES.split(),
        "last": LAST_NAMES.split(),
    }
    for name, value in variables.items():
        connection.execute(f"set variable {name} = $1", [value])
    connection.execute(f"copy ({_ROWS}) to '{path}' (header, delimiter ',')")


if __name__ == "__main__":
    write_log(int(sys.argv[1]), Path(sys.argv[2]), seconds="--seconds" in sys.argv)
