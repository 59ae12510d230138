"""The people of the log whom a list names that came beside it, by number or by name."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice

from moodlelogsmart.messages import BesideError, LogError, MachineError
from moodlelogsmart.reading.inside import course_inside
from moodlelogsmart.reading.lists import Person
from moodlelogsmart.workspace import Workspace, quoted

BATCH = 20_000  # people or names that are held at a time
# Letters of a name that are compared, and words of it; one that is longer is compared as a whole alone.
_LONGEST, _WORDS = 200, 20
# Pairs of a person and a name on the roster with a word in common, some seconds of work; a school has fewer.
_MOST_PAIRS = 50_000_000

# Letters that no accent makes of another, and those of full width, as people without such a keyboard write them.
_LETTERS = {"ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "ı": "i"} | {
    chr(code + 0xFEE0): chr(code) for code in range(0x21, 0x7F)
}
_FROM, _TO = (quoted("".join(letters)) for letters in (_LETTERS.keys(), _LETTERS.values()))
# Between names, which alone make nobody known; of an initial there may be many names.
_PARTICLES = "('da', 'de', 'di', 'do', 'du', 'das', 'dos', 'del', 'der', 'den', 'des', 'la', 'le', 'van', 'von', 'y')"
_INITIAL = r"[\p{Latin}\p{Greek}\p{Cyrillic}]"
# In other scripts than these a mark is no accent but a letter, as the vowels of Thai and Hindi.
_SIGNS = r"[^\p{Latin}\p{Greek}\p{Cyrillic}\p{Arabic}\p{Hebrew}\p{Common}\p{Inherited}]"
# Of letters that make a name without spaces.
_JOINED = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}ー々 ]+"


@contextmanager
def beside(option: str) -> Iterator[None]:
    """Have errors within be those of the file of that option, beside the log. Raises BesideError."""
    try:
        yield
    except MachineError:
        raise
    except LogError as error:
        to_blame = BesideError(error.message.template, **error.message.parameters)
        to_blame.option = option
        raise to_blame from error


# SQL: who is on a list, may learn and is not in the log; of lists of which somebody is, for others may be of another
# course.
ABSENT = """select * from listed
    where found = 'no' and role <> 'staff' and kind in (select kind from listed where found <> 'no')"""


def make_lists(work: Workspace) -> None:
    """Make the tables of what lists tell, empty: `listed` (kind, place, called, number, role, found: 'yes', 'no', or
    'several' where that is not clear) of everybody, and `found_person` (kind, place, person) of who is in the log,
    which `match_people` fills; and `told_group` (kind, place, "group") and `taken` (kind). View `alone` has those found
    who are one person of the log, and whom nobody else on their list is; view `absent` are those of ABSENT."""
    work.run(
        """create table listed (
            kind varchar, place bigint, called varchar, number varchar, role varchar, found varchar default 'no')"""
    )
    work.run("create table found_person (kind varchar, place bigint, person varchar)")
    work.run(
        """create view alone as select * from found_person
        qualify count(*) over (partition by kind, place) = 1 and count(*) over (partition by kind, person) = 1"""
    )
    work.run(f"create view absent as {ABSENT}")
    work.run("create table taken (kind varchar)")
    work.run('create table told_group (kind varchar, place bigint, "group" varchar)')


def match_inside(work: Workspace, kind: str, told: str, courses: tuple[str, ...]) -> str:
    """The same of what a dump or a backup tells beside its log, `told`, SQL of a table of reading.inside: by number
    alone, of the one course of the log, or of those `courses` that are asked for. Table `taken` (kind) says so.

    SQL of the rows of that course, `inside`, beside those of `listed`; '' where there is none.
    """
    course = course_inside(work, told, courses)
    if course is None:
        return ""
    own = f"({told} where course = {quoted(course)})"
    work.run(
        f"""insert into listed by name
        select {quoted(kind)} as kind, row_number() over (order by user_id) - 1 as place,
            left(any_value(name), {_LONGEST}) as called, user_id as number, '' as role,
            if(user_id in (select person from seen_name), 'yes', 'no') as found
        from {own} group by user_id order by place"""
    )
    work.run(
        f"""insert into found_person select kind, place, number from listed
        where kind = {quoted(kind)} and found = 'yes' order by place"""
    )
    work.run("insert into taken values ($1)", [kind])
    return f"{own} inside join listed on kind = {quoted(kind)} and number = user_id"


def match_people(work: Workspace, kind: str, people: Iterable[tuple[Person, str]]) -> None:
    """Find everybody on a list of some `kind` in the log; `people` are these, each with the role, '' for none.

    Where both have user numbers these count. Names are compared without order, commas, hyphens, apostrophes, case and
    accents; who is not found so is the one person of whom all words of the shorter name stand in the longer one, two or
    more that are no initials. People of one name and role cannot be told apart and need not be; without a role each is
    somebody else, so that none of them is found. Who is found by number and has no name in the log is called as the
    list does from then on, in `seen_name` and by the lists to come.
    """
    _load(work, kind, people)
    _add(
        work,
        # Events that name nobody are not those of everybody on a list without numbers.
        """select person, meant, place from told_person join (select distinct person from seen_name) on person = number
        where number <> ''""",
    )
    if work.value("select exists (from matched)"):
        work.run("delete from told_name where place in (select place from told_person where number <> '')")
    _find_words(work)
    _add(work, _ALIKE)
    _leave(
        work,
        """select place from listed_words join person_words using (name)
        where person not in (select person from matched)""",
    )
    if work.value(_PAIRS) <= _MOST_PAIRS:
        work.run(f"create table compared as {_WITHIN}")
        _add(work, "select person, meant, place from compared where is_clear")
        _leave(work, "select place from compared")
        work.run("drop table compared")
    work.run(
        f"""insert into listed by name
        select {quoted(kind)} as kind, place, called, number, role, found from told_person order by place"""
    )
    work.run(f"insert into found_person select distinct {quoted(kind)}, place, person from matched order by place")
    _give_names(work, kind)
    for table in ("told_person", "told_name", "matched", "person_words", "listed_words"):
        work.run(f"drop table {table}")


def _give_names(work: Workspace, kind: str) -> None:
    """Have people without a name in the log be called in `seen_name` as a list of that kind does, in no event."""
    work.run(
        """insert into seen_name
        select person, min(called), person, 0 from found_person join listed using (kind, place)
        where kind = $1 and number = person and called <> number and not contains(called, '@')
            and person not in (select person from seen_name where name not in ('', '-'))
        group by person having count(distinct called) = 1 order by min(place)""",
        [kind],
    )


def _load(work: Workspace, kind: str, people: Iterable[tuple[Person, str]]) -> None:
    """Make tables `told_person` (place, called, number, role, meant, found), `told_name` (place, name) of all that may
    be the name of each of them, and `matched` (person, meant, place), still empty.

    meant: what the list says of somebody: those of whom it is the same need not be told apart.
    """
    work.run(
        """create table told_person (
            place bigint, called varchar, number varchar, role varchar, meant varchar, found varchar default 'no')"""
    )
    work.run("create table told_name (place bigint, name varchar)")
    work.run("create table matched (person varchar, meant varchar, place bigint)")
    told = enumerate(people)
    while batch := list(islice(told, BATCH)):
        work.run(
            f"""insert into told_person (place, called, number, role, meant)
            select place, left(called, {_LONGEST}), number, role, if(role = '', place::varchar, role)
            from (select unnest($1) as place, unnest($2) as called, unnest($3) as number, unnest($4) as role)""",
            [
                [place for place, _told in batch],
                [person.called for _place, (person, _role) in batch],
                [person.number for _place, (person, _role) in batch],
                [role for _place, (_person, role) in batch],
            ],
        )
        names = [(place, name) for place, (person, _role) in batch for name in dict.fromkeys(person.names)]
        work.run(
            "insert into told_name select unnest($1), unnest($2)",
            [[place for place, _name in names], [name for _place, name in names]],
        )


def _find_words(work: Workspace) -> None:
    """Make tables `person_words` (person, name) and `listed_words` (place, name, meant, alike), the names as their
    words in order.

    alike: how many have this name on the list; meant is NULL where theirs differ.
    """
    work.run(
        f"""create or replace macro bare(name) as
            if(regexp_matches(name, '{_SIGNS}'), nfc_normalize(name), strip_accents(name))"""
    )
    work.run(
        rf"""create or replace macro plain(name) as trim(regexp_replace(regexp_replace(replace(lower(bare(
            translate(left(name, {_LONGEST}), {_FROM}, {_TO}))), 'ß', 'ss'), '[\p{{Cf}}''’‘ʼʹ`´′]', '', 'g'),
            '[^\pL\pM\pN@]+', ' ', 'g'))"""
    )
    work.run(
        rf"""create or replace macro words(text) as if(regexp_full_match(text, '{_JOINED}'),
            [list_sort(string_split(text, ' ')), [replace(text, ' ', '')]], [list_sort(string_split(text, ' '))])"""
    )
    work.run(
        """create table person_words as
        with said as (select distinct person, plain(name) as text from seen_name
            where person <> '' and person not in (select person from matched))
        select distinct person, unnest(words(text)) as name from said where text <> ''"""
    )
    work.run(
        """create table listed_words as
        with said as (select place, meant, plain(name) as text from told_name join told_person using (place)),
        split as (select distinct place, meant, unnest(words(text)) as name from said where text <> ''),
        counted as (
            select name, count(distinct meant) as meanings, count(distinct place) as alike from split group by name)
        select place, name, if(meanings = 1, meant, null) as meant, alike from split join counted using (name)"""
    )


def _add(work: Workspace, pairs: str) -> None:
    """Add who is found by `pairs` (person, meant, place), SQL, unless differing things are meant of a person."""
    work.run(
        f"""create or replace table paired as
        with pair as ({pairs})
        select * from pair where person not in (select person from matched) and person in (
            select person from pair group by person having count(distinct meant) = 1)"""
    )
    work.run("insert into matched select person, meant, place from paired")
    work.run("update told_person set found = 'yes' where place in (select place from paired)")
    work.run("drop table paired")


def _leave(work: Workspace, places: str) -> None:
    """Look no more for who was found, nor for those of the `places`, SQL, who were not, since several may be meant."""
    work.run(f"update told_person set found = 'several' where found = 'no' and place in ({places})")
    work.run("delete from listed_words where place in (select place from told_person where found <> 'no')")
    work.run("delete from person_words where person in (select person from matched)")


# A name is that of no more people than have it on the list, and no more of these are found than people.
_ALIKE = """
    select person, meant, place from person_words
        join (select *, dense_rank() over (partition by name order by place) as rank from listed_words) using (name)
        join (select name, count(distinct person) as people from person_words group by name) using (name)
    where meant is not null and people <= alike and rank <= people"""
# The words of people, and those of names on the list.
_SAID = f"(select *, unnest(list_distinct(name)) as word from person_words where len(name) between 2 and {_WORDS})"
_LISTED = f"(select *, unnest(list_distinct(name)) as word from listed_words where len(name) between 2 and {_WORDS})"
_PAIRS = f"""
    select coalesce(sum(people * names), 0)
    from (select word, count(*) as people from {_SAID} group by word)
        join (select word, count(*) as names from {_LISTED} group by word) using (word)"""
# Those whose names hold one another.
_WITHIN = f"""
    with held as (
        select person, said.name, listed.name as on_list, meant, place
        from {_SAID} said join {_LISTED} listed on listed.word = said.word
        group by all having count(distinct said.word) = least(len(said.name), len(listed.name))
            and count(distinct said.word) filter (
                said.word not in {_PARTICLES} and not regexp_full_match(said.word, '{_INITIAL}')) > 1)
    select distinct person, meant, place, meant is not null
            and count(distinct person) over (partition by place) = 1
            and count(distinct place) over (partition by person) = 1 as is_clear
    from held"""
