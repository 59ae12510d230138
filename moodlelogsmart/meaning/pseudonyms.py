"""Pseudonyms: names, user ids and addresses of computers become codes that only who has the key can make again.

A code is an HMAC-SHA256 of the text (RFC 2104), cut to 48 bits: among 100,000 people two share one by a chance of 1 in
50,000. The same key gives the same person the same code in every log.
"""

import re
import secrets
from collections.abc import Sequence
from pathlib import Path

from msgspec.structs import replace

from moodlelogsmart.meaning.identify import last_word, old_event, own_event, own_module
from moodlelogsmart.meaning.rules import Exactly, Rule, RuleSet, Words
from moodlelogsmart.messages import LogError
from moodlelogsmart.reading.model import COLUMNS
from moodlelogsmart.workspace import Workspace

KEY_BYTES = 32
_CODE = 12  # hexadecimal digits
_MOST = 3  # people that a sentence calls by id or by name; in one with more, all numbers are masked
_ROW = 500  # bytes that a row takes while it is disguised
_CODED = re.compile(f"(?:u|ip|mail)[0-9a-f]{{{_CODE}}}")
_MOST_NAMES = 100  # of a person, that are looked for in the place of a code
_SHORTEST = 3  # letters of a name that is looked for within texts
_MOST_PAIRS = 50_000_000  # of a text and a name that are held against each other, some seconds of work
_BLOCK = 64  # bytes that SHA-256 takes at a time

# The texts in which names are looked for, beside the descriptions.
_TEXTS = ["course", "event_context", "component", "event_name"]
# SQL: these, and what people and lists tell beside the log.
_TOLD = " union ".join(
    [f"select {name} as text from raw" for name in _TEXTS]
    + [
        'select "group" from member',
        "select text from offered",
        "select label from category",
        "select section from module_section",
        "select item from grade",
        "select text from grade",
        "select text from heading",
    ]
)
# How sentences call people by their id, with what stands right behind an id without quotes.
_CALLED = (
    "(?i)(?:user|student|teacher|learner|author|recipient|participant|grader|marker)s?(?: with)?(?: the)?(?: ids?)? "
    "(?:''-?[0-9]+''|\"-?[0-9]+\"|-?[0-9]+(?:[^0-9]|$))"
)
# Those whom lists beside the log name by two words and more, who may never have acted, and who of the log they are.
_LISTED = """(select called, if(count(distinct person) = 1, min(person), null) as person
    from listed left join alone using (kind, place) where contains(called, ' ') group by called)"""
# The names that lists give to people who have none in the log.
_GIVEN = """(select name, if(count(distinct person) = 1, min(person), null) as person
    from seen_name where events = 0 group by name)"""
# What looks like the address of a computer, IPv4 or IPv6, and what looks like that of a person's mail.
_SEAT = "[0-9]+(?:[.][0-9]+){3}|[0-9A-Fa-f]*(?::[0-9A-Fa-f]*){2,}"
_MAIL = r"[\pL\pN._%+-]+@[\pL\pN-]+(?:[.][\pL\pN-]+)+"


def new_key() -> str:
    """A random key, as it stands in a key file."""
    return secrets.token_hex(KEY_BYTES)


def read_key(path: Path) -> str:
    """The key in a key file. Raises LogError where it is none."""
    return checked_key(path.read_bytes()[: 4 * KEY_BYTES].strip().decode(errors="replace"))


def checked_key(text: str) -> str:
    """The text, which is a key. Raises LogError where it is none."""
    if len(text) != 2 * KEY_BYTES or not re.fullmatch("[0-9a-f]+", text):
        raise LogError("%(file)s is not a key. The key is called pseudonym_key.txt and came with an earlier analysis.")
    return text


def disguise(work: Workspace, key: str, title: str = "") -> str:
    """Put codes in the place of names, ids and addresses in all tables from which results are written, and in the title
    of the result, which is returned.

    Of rows that could not be read only the line stays, for nobody knows what is in them, and of who is told by a person
    or a list only the number of people. Ids of nobody, 0 and below, stay as they are.
    """
    work.run("create table heading as select $1 as text", [title])
    _make_codes(work, bytes.fromhex(key))
    _find_names(work)
    _disguise_rows(work)
    _disguise_meanings(work)
    _disguise_people(work)
    _disguise_posing(work, bytes.fromhex(key))
    work.run("update unread set text = ''")
    for table, name in (("listed", "called"), ("listed", "number")):
        work.run(f"update {table} set {name} = ''")
    _replace(work, "heading", {"text": "mention"})
    title = work.value("select text from heading")
    work.run("drop table heading")
    return title


def _make_codes(work: Workspace, key: bytes) -> None:
    """Make tables `code` of people, by id and by name, `address`, and `called` of the ways in which a description calls
    people by id.

    Each has the columns text and code. A name of which the log shows one id alone has the code of that id.
    """
    work.run(
        f"""create table called as
        select text, regexp_extract(text, '-?[0-9]+') as id
        from (select distinct unnest(regexp_extract_all(description, '{_CALLED}')) as text from raw)"""
    )
    people = f"""select distinct text from (
        select user_id as text from fact union all select person from fact union all select affected from fact
        union all select id from called union all select regexp_extract(event_context, '^User ([0-9]+)$', 1) from raw
        union all select user_full_name from raw union all select affected_user from raw
        union all select called from {_LISTED} union all select name from {_GIVEN})
        where text not in ('', '-') and coalesce(try_cast(text as bigint) > 0, true)"""
    ids = f"""select people.text,
            coalesce(if(namesake.people = 1, namesake.user_id, null), listed.person, given.person, people.text) as meant
        from ({people}) people left join namesake on namesake.name = people.text
            left join {_LISTED} listed on listed.called = people.text
            left join {_GIVEN} given on given.name = people.text order by 1"""
    addresses = (
        "select distinct ip_address as text, ip_address as meant from raw where ip_address not in ('', '-') order by 1"
    )
    mails = f"""select text, lower(text) as meant from (
        select distinct unnest(regexp_extract_all(text, '{_MAIL}')) as text
        from (select text from ({_TOLD}) union all select description from raw) where contains(text, '@')) order by 1"""
    work.run(f"create table code as select text, {coded('u')} as code from ({ids})", padded(key))
    work.run(f"create table address as select text, {coded('ip')} as code from ({addresses})", padded(key))
    work.run(f"insert into address select text, {coded('mail')} from ({mails})", padded(key))
    work.run(
        """create or replace table called as
        select called.text, replace(called.text, id, code) as code from called join code on code.text = id"""
    )


def coded(mark: str) -> str:
    """SQL: the code of the text `meant`, with `padded`: the HMAC-SHA256 as two hashes, as RFC 2104 defines it."""
    inner = f"unhex(sha256($inner::blob || encode('{mark}' || meant)))"
    return f"'{mark}' || left(sha256($outer::blob || {inner}), {_CODE})"


def padded(key: bytes) -> dict[str, bytes]:
    """The key as the two hashes of an HMAC begin with it."""
    key = key.ljust(_BLOCK, b"\0")
    return {name: bytes(one ^ pad for one in key) for name, pad in (("inner", 0x36), ("outer", 0x5C))}


def _find_names(work: Workspace) -> None:
    """Make table `mention` (text, code) of the texts that hold names, and `named` (sentence_id, names, codes, n)."""
    work.run(
        f"""create table named_person as select distinct text as name, code from code
        where length(text) >= {_SHORTEST} and try_cast(text as bigint) is null
            and text in (select user_full_name from raw union select affected_user from raw
                union select called from {_LISTED})
        union all select text, code from address where length(text) >= {_SHORTEST}"""
    )
    lists = """list(name order by length(name) desc, name) as names,
        list(code order by length(name) desc, name) as codes, count(*) as n"""
    # One name after the other is replaced in what the ones before have made of the text.
    pairs = "list_transform(range(1, len(names) + 1), i -> [names[i], codes[i]])"
    replaced = f"list_reduce(list_prepend([text, ''], {pairs}), (done, one) -> [replace(done[1], one[1], one[2]), ''])"
    work.run(
        f"""create table mention as
        with user as (select distinct event_context as text, 'User ' || code as code from raw
            join code on event_context = 'User ' || code.text),
        found as (select text, {lists} from ({_holding(work, _TOLD)}) group by text)
        from user union all select text, ({replaced})[1] from found where text not in (select text from user)"""
    )
    said = _holding(work, "select says as text from sentence")
    work.run(
        f"""create table named as
        select sentence_id, {lists} from sentence join ({said}) held on held.text = says group by sentence_id"""
    )
    work.run("drop table told_text")


def _holding(work: Workspace, texts: str) -> str:
    """SQL: the texts of a query of one column, each with the name and the code of every named person whom it holds."""
    work.run(f"create or replace table told_text as select distinct text from ({texts})")
    pairs = work.value("select (select count(*) from told_text) * (select count(*) from named_person)")
    if pairs <= _MOST_PAIRS:
        return "select text, name, code from told_text join named_person on contains(text, name)"
    # All parts of the texts that are as long as a name is, each looked up once.
    return """
        select text, name, code from (
            select distinct text, substr(text, place, size) as part
            from told_text, (select distinct length(name) as size from named_person) sizes,
                unnest(range(1, length(text) - size + 2)) t(place)) parts
            join named_person on named_person.name = parts.part"""


def _disguise_rows(work: Workspace) -> None:
    places = range(1, _MOST + 1)
    coded = {"user_full_name": "code", "affected_user": "code", "ip_address": "address"}
    description = "description"
    for found, code in [
        *((f"call[{place}]", f"call_{place}.code") for place in places),
        *((f"seat[{place}]", f"seat_{place}.code") for place in places),
        *((f"names[{place}]", f"codes[{place}]") for place in places),
    ]:
        description = f"replace({description}, coalesce({found}, ''), coalesce({code}, {found}, ''))"
    masked = f"regexp_replace(regexp_replace(description, '{_MAIL}', '#', 'g'), '[0-9]+', '#', 'g')"
    columns = {name: f"raw.{name}" for name in COLUMNS}
    columns |= {name: f"coalesce(in_{name}.code, raw.{name})" for name in (*_TEXTS, *coded)}
    columns["description"] = f"if(greatest(len(call), len(seat), named.n) > {_MOST}, {masked}, {description})"
    joins = [
        *(f"left join mention in_{name} on in_{name}.text = raw.{name}" for name in _TEXTS),
        *(f"left join {table} in_{name} on in_{name}.text = raw.{name}" for name, table in coded.items()),
        *(f"left join called call_{place} on call_{place}.text = call[{place}]" for place in places),
        *(f"left join address seat_{place} on seat_{place}.text = seat[{place}]" for place in places),
    ]

    def disguised(rows: str) -> str:
        # Other tables know a row by its place, so the order must stay.
        return f"""
            with raw as (
                select raw.*, row, sentence_id,
                    list_sort(list_distinct(regexp_extract_all(description, '{_CALLED}'))) as call,
                    list_sort(list_distinct(regexp_extract_all(description, '{_SEAT}|{_MAIL}')), 'desc') as seat
                from raw join (select row, sentence_id from fact where row {rows}) fact on fact.row = raw.rowid
                where raw.rowid {rows})
            select raw.* exclude (row, sentence_id, call, seat)
                replace ({", ".join(f"{value} as {name}" for name, value in columns.items())})
            from raw left join named on named.sentence_id = raw.sentence_id {" ".join(joins)}
            order by row"""

    work.make_by("disguised", work.ranges("raw", _ROW), disguised)
    work.run("drop table raw")
    work.run("alter table disguised rename to raw")


def _disguise_meanings(work: Workspace) -> None:
    work.run(
        """create table plain_kind as
        select kind_id, identity.sentence_id, kind.module, event, component, event_name
        from kind join identity on identity.sentence_id = kind.sentence_id"""
    )
    for table, names in (("context", _TEXTS[:2]), ("identity", _TEXTS[2:])):
        _replace(work, table, dict.fromkeys(names, "mention"))
    _reword(work)


def _reword(work: Workspace) -> None:
    """Make module, event and action anew where they were made of a component or of the name of an event that held a
    name, and table `module_mention` (text, code) of the modules."""
    work.run(
        f"""create table reworded as
        with pairs as (
            select now.sentence_id, now.module, now.event, now.action,
                [{own_module("old.component")}, {own_module("now.component")}] as modules,
                [{own_event("old.event_name")}, {own_event("now.event_name")}] as events,
                [{old_event("old.event_name")}, {old_event("now.event_name")}] as olds
            from identity now join (select distinct on (sentence_id) * from plain_kind) old
                on old.sentence_id = now.sentence_id
            where (old.component, old.event_name) <> (now.component, now.event_name))
        select sentence_id, module as was, if(module = modules[1], modules[2], module) as module,
            case event when events[1] then events[2] when olds[1] then olds[2] else event end as event,
            if(action = {last_word("events[1]")}, {last_word("events[2]")}, action) as action
        from pairs"""
    )
    work.run(
        """update identity set module = reworded.module, event = reworded.event, action = reworded.action
        from reworded where reworded.sentence_id = identity.sentence_id"""
    )
    work.run(
        """create table module_mention as
        select was as text, min(module) as code from reworded where was <> module group by was"""
    )
    for table in ("kind", "completed"):
        _replace(work, table, {"module": "module_mention"})
    work.run("drop table reworded")


def _disguise_people(work: Workspace) -> None:
    _replace(work, "placed", {"person": "code", "user_id": "code"})
    for table in ("fact", "seen_name"):
        _replace(work, table, {"person": "code", "user_id": "code", "name": "code"})
    for table in ("staff", "doubtful"):
        _replace(work, table, {"person": "code", "event_name": "mention"})
    for table in ("guest", "corrected"):
        _replace(work, table, {"person": "code"})
    work.run("update offered set text = '' where not found")
    work.run("update offered set text = code from module_mention m where kind = 'module' and m.text = offered.text")
    _replace(work, "offered", {"text": "mention"})
    _replace(work, "category", {"label": "mention"})
    # What a group is called of whom nobody is in the log may be the name of one of them.
    work.run('delete from told_group where "group" not in (select "group" from member)')
    _replace(work, "told_group", {"group": "mention"})
    _replace(work, "module_section", {"section": "mention"})
    _replace(work, "member", {"person": "code", "group": "mention"})
    _replace(work, "grade", {"person": "code", "item": "mention", "text": "mention"})


def _disguise_posing(work: Workspace, key: bytes) -> None:
    """Names that look like those of two people have codes of their own, by which they can be told to be somebody's."""
    names = "select name as meant from posing union select name from own_name"
    work.run(f"create table name_code as select meant as text, {coded('u')} as code from ({names})", padded(key))
    for table in ("posing", "own_name"):
        _replace(work, table, {"name": "name_code"})
    work.run("drop table name_code")
    work.run(
        "update corrected set text = coalesce((select min(name) from own_name o where o.text = corrected.text), '')"
    )
    work.run("update own_name set text = ''")


def disguised_meanings(work: Workspace, keys: Sequence[str]) -> dict[str, str]:
    """How "module/event" of kinds of events stands in the tables after `disguise`; without those that no event of the
    log has."""
    told = [dict(zip(("key", "module", "event"), (key, *key.split("/", 1)), strict=True)) for key in keys]
    work.run("create or replace table told_text as select unnest($1, recursive := true)", [told])
    return dict(
        work.run(
            """with now as (
                select kind_id, kind.module, event, event_name
                from kind join identity on identity.sentence_id = kind.sentence_id),
            shown as (
                select old.module as as_module, old.event as as_event, old.event_name as as_name, now.*
                from plain_kind old join now using (kind_id)
                union all select module, event, event_name, now.* from now)
            select key, min(shown.module || '/' || if(told.event = as_event, shown.event, shown.event_name))
            from told_text told join shown on lower(told.module) = as_module
                and (told.event = as_event or lower(told.event) = lower(as_name))
            group by key"""
        )
    )


def decoded(work: Workspace, rules: RuleSet, key: str) -> RuleSet:
    """The rules with what they look for also as the log writes it, where codes stand in it that the key makes."""
    words = {word for rule in rules.rules for word in _exact(rule)}
    tokens = sorted({token for word in words for token in _CODED.findall(word)})
    if not tokens:
        return rules
    names = _names_of(work, tokens, bytes.fromhex(key))

    def plain(words: Words) -> Words:
        if not isinstance(words, Exactly):
            return words
        texts = [str(words)]
        for token in _CODED.findall(words):
            texts += [text.replace(token, name) for text in texts for name in names.get(token, ())][:_MOST_NAMES]
        return [Exactly(text) for text in texts]

    def looked(rule: Rule) -> Rule:
        when = replace(rule.when, module=plain(rule.when.module), event=plain(rule.when.event))
        return replace(rule, when=when) if _exact(rule) else rule

    return RuleSet(rules.name, [looked(rule) for rule in rules.rules], rules.sha256, rules.version)


def _exact(rule: Rule) -> list[Exactly]:
    return [word for word in (rule.when.module, rule.when.event) if isinstance(word, Exactly)]


def _names_of(work: Workspace, codes: Sequence[str], key: bytes) -> dict[str, list[str]]:
    """What the people and computers of these codes are called in the log, also as in the words of an event."""
    people = f"""select person as meant, name from seen_name union select name, name from seen_name
        union select user_id, name from namesake union select affected_user, affected_user from raw
        union select coalesce(person, called), called from {_LISTED}"""
    computers = "select distinct ip_address as meant, ip_address as name from raw"
    called = dict[str, list[str]]()
    for mark, source in (("u", people), ("ip", computers)):
        found = work.run(
            f"""select code, name, snake(name) from (select {coded(mark)} as code, name from ({source}))
            where list_contains($codes, code) and name not in ('', '-') order by all""",
            {**padded(key), "codes": list(codes)},
        )
        for code, name, snaked in found:
            called.setdefault(code, []).extend((name, snaked))
    return called


def _replace(work: Workspace, table: str, codes: dict[str, str]) -> None:
    """Put what the tables `codes` have in the place of the texts in these columns; the rows stay in their order."""
    columns = ", ".join(f'coalesce(in_{name}.code, t."{name}") as "{name}"' for name in codes)
    joins = " ".join(f'left join {code} in_{name} on in_{name}.text = t."{name}"' for name, code in codes.items())
    work.run(
        f"create or replace table {table} as select t.* replace ({columns}) from {table} t {joins} order by t.rowid"
    )
