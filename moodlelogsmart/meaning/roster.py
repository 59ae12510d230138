"""The people of the log whom a roster, or a person by hand, names as learners or staff."""

from dataclasses import asdict
from itertools import islice
from pathlib import Path

from moodlelogsmart.meaning.corrections import Corrections
from moodlelogsmart.meaning.pseudonyms import coded, padded
from moodlelogsmart.messages import BesideError, LogError, MachineError
from moodlelogsmart.reading.roster import read_roster
from moodlelogsmart.reading.sources import as_text
from moodlelogsmart.workspace import Workspace, quoted

SHOWN = 200  # letters of a name that a page shows
_BATCH = 20_000  # people or names that are held at a time
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


def load_roster(work: Workspace, path: Path | None) -> None:
    """Make table `listed` (place, called, number, role, found: 'yes', 'no', or 'several' where that is not clear) of
    everybody on the roster, and `on_roster` (person, role: 'staff' or 'learner', source: 'roster') of the people in the
    log whom it names.

    Where both have user numbers these count. Names are compared without order, commas, hyphens, apostrophes, case and
    accents; who is not found so is the one person of whom all words of the shorter name stand in the longer one, two or
    more that are no initials. Raises BesideError where it is no roster.
    """
    work.run(
        """create table listed (
            place bigint, called varchar, number varchar, role varchar, found varchar default 'no')"""
    )
    work.run("create table on_roster (person varchar, role varchar, source varchar default 'roster')")
    if path is None:
        return
    try:
        _load(work, path)
    except MachineError:
        raise
    except LogError as error:
        raise BesideError(error.message.template, **error.message.parameters) from error
    _add(work, "select person, role, place from listed join (select distinct person from seen_name) on person = number")
    if work.value("select exists (from on_roster)"):
        work.run("delete from roster where place in (select place from listed where number <> '')")
    _find_words(work)
    _add(work, _ALIKE)
    _leave(work, "select place from roster_words join person_words using (name)")
    if work.value(_PAIRS) <= _MOST_PAIRS:
        work.run(f"create table compared as {_WITHIN}")
        _add(work, "select person, role, place from compared where is_clear")
        _leave(work, "select place from compared")
        work.run("drop table compared")
    for table in ("roster", "person_words", "roster_words"):
        work.run(f"drop table {table}")


def _load(work: Workspace, path: Path) -> None:
    """Fill `listed`, and make table `roster` (place, role, name) of all that may be the name of each of them."""
    work.run("create table roster (place bigint, role varchar, name varchar)")
    people = enumerate(read_roster(as_text(path, work)))
    while batch := [asdict(one) | {"place": place} for place, one in islice(people, _BATCH)]:
        work.run("create or replace table told_person as select unnest($1, recursive := true)", [batch])
        work.run(
            f"""insert into listed by name
            select place, left(called, {_LONGEST}) as called, number, role from told_person"""
        )
        work.run("insert into roster select distinct place, role, unnest(names) from told_person")
    work.run("drop table if exists told_person")


def _find_words(work: Workspace) -> None:
    """Make tables `person_words` (person, name) and `roster_words` (place, name, role, alike), the names as their words
    in order.

    alike: how many have this name on the roster; role is NULL where theirs differ.
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
        rf"""create or replace macro words(name) as list_distinct([
            list_sort(string_split(plain(name), ' ')),
            if(regexp_full_match(plain(name), '{_JOINED}'), [replace(plain(name), ' ', '')],
                list_sort(string_split(plain(name), ' ')))])"""
    )
    # The name of who looks at the site as another person is that of both.
    work.run(
        """create table person_words as
        select distinct person, unnest(words(name)) as name from seen_name
        where person <> '' and person not in (select person from on_roster)
            and name not in (select name from posing)"""
    )
    work.run(
        """create table roster_words as
        with said as (select distinct place, role, unnest(words(name)) as name from roster),
        counted as (select name, count(distinct role) as roles, count(distinct place) as alike from said group by name)
        select place, name, if(roles = 1, role, null) as role, alike from said join counted using (name)
        where name <> ['']"""
    )


def _add(work: Workspace, pairs: str) -> None:
    """Add who is found by `pairs` (person, role, place), SQL, unless the roles of a person differ."""
    work.run(
        f"""create or replace table matched as
        with pair as ({pairs})
        select * from pair where person not in (select person from on_roster) and person in (
            select person from pair group by person having count(distinct role) = 1)"""
    )
    work.run("insert into on_roster (person, role) select distinct person, role from matched")
    work.run("update listed set found = 'yes' where place in (select place from matched)")
    work.run("drop table matched")


def _leave(work: Workspace, places: str) -> None:
    """Look no more for who was found, nor for those of the `places`, SQL, who were not, since several may be meant."""
    work.run(f"update listed set found = 'several' where found = 'no' and place in ({places})")
    work.run("delete from roster_words where place in (select place from listed where found <> 'no')")
    work.run("delete from person_words where person in (select person from on_roster)")


def correct_people(work: Workspace, corrections: Corrections, key: str) -> None:
    """Make table `corrected` (place, role, text, person, state), and have these people in `on_roster` as they are told.

    They are named by id, by name as the log writes it or a page cuts it, or by their code where there is the `key` of
    the pseudonyms. state: 'used', or why nothing is: 'unknown' for who is not in the log (person is ''), 'several'
    for a name that several people have, and 'both' for who is told to learn and to teach.
    """
    told = [
        {"role": role, "text": text}
        for role, people in (("staff", corrections.staff), ("learner", corrections.learners))
        for text in people
    ]
    work.run("create table corrected (place bigint, role varchar, text varchar, person varchar, state varchar)")
    if not told:
        return
    work.run("create table said (role varchar, text varchar)")
    for start in range(0, len(told), _BATCH):
        work.run("insert into said select unnest($1).role, unnest($1).text", [told[start : start + _BATCH]])
    _find_known(work, key)
    work.run(
        """insert into corrected
        with meant as (
            select said.rowid as place, role, said.text, coalesce(person, '') as person
            from said left join known_person on known_person.text = said.text and said.text not in ('', '-')
            qualify is_id is null or is_id = bool_or(is_id) over (partition by said.rowid))
        select *, case when person = '' then 'unknown'
            when count(*) over (partition by place) > 1 then 'several'
            when count(distinct role) over (partition by person) > 1 then 'both' else 'used' end
        from meant order by place, person"""
    )
    work.run("delete from on_roster where person in (select person from corrected where state = 'used')")
    work.run("insert into on_roster select distinct person, role, 'correction' from corrected where state = 'used'")
    work.run("drop table said")
    work.run("drop table known_person")


def _find_known(work: Workspace, key: str) -> None:
    """Make table `known_person` (text, person, is_id): by what somebody may be called."""
    work.run(
        f"""create table known_person as
        with called as (
            select person as text, person, true as is_id from seen_name
            union select name, person, false from seen_name where name <> person
            union select user_id, person, false from seen_name where user_id <> person)
        select text, person, bool_or(is_id) as is_id
        from (from called union all
            select left(text, {SHOWN}) || '…', person, is_id from called where length(text) > {SHOWN}
            -- As staff.csv has what a spreadsheet would run.
            union all select chr(39) || text, person, is_id from called where text[1] in ('=', '+', '-', '@'))
        where person <> '' group by text, person"""
    )
    if key:
        people = "select distinct person as text, person as meant from seen_name where person <> ''"
        work.run(
            f"insert into known_person select {coded('u')}, text, true from ({people})", padded(bytes.fromhex(key))
        )


def corrected_people(work: Workspace, role: str, known: bool) -> list[str]:
    """The people of table `corrected`, in the order in which they were told: as they were, or where only `known` ones
    are asked for as the log tells them apart.
    """
    text, those = ("person", "and state = 'used'") if known else ("text", "")
    rows = work.run(f"select {text} from corrected where role = $1 {those} group by {text} order by min(place)", [role])
    return [text for (text,) in rows]


# A name is that of no more people than have it on the roster.
_ALIKE = """
    select person, role, place from person_words join roster_words using (name)
        join (select name, count(distinct person) as people from person_words group by name) using (name)
    where role is not null and people <= alike"""
# The words of people, and those of names on the roster.
_SAID = f"(select *, unnest(list_distinct(name)) as word from person_words where len(name) between 2 and {_WORDS})"
_LISTED = f"(select *, unnest(list_distinct(name)) as word from roster_words where len(name) between 2 and {_WORDS})"
_PAIRS = f"""
    select coalesce(sum(people * names), 0)
    from (select word, count(*) as people from {_SAID} group by word)
        join (select word, count(*) as names from {_LISTED} group by word) using (word)"""
# Those whose names hold one another.
_WITHIN = f"""
    with held as (
        select person, said.name, listed.name as on_list, role, place
        from {_SAID} said join {_LISTED} listed on listed.word = said.word
        group by all having count(distinct said.word) = least(len(said.name), len(listed.name))
            and count(distinct said.word) filter (
                said.word not in {_PARTICLES} and not regexp_full_match(said.word, '{_INITIAL}')) > 1)
    select distinct person, role, place, role is not null
            and count(distinct person) over (partition by place) = 1
            and count(distinct place) over (partition by person) = 1 as is_clear
    from held"""
