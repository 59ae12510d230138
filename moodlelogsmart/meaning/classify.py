"""Stage classify: what each event means, by the rules."""

import re

from moodlelogsmart.meaning.rules import After, Exactly, RuleSet, When, Words, listed
from moodlelogsmart.workspace import Workspace, quoted

_EXPRESSION = "(?s)"  # begins the words that are expressions; RE2 takes a time that goes with the length of the text


def apply_rules(work: Workspace, rule_set: RuleSet) -> None:
    """Make view `unfiltered`, table `fact` with the event and the module of each row, and table `kind` of these.

    The columns of kind: kind_id; sentence_id, module; place (of the first rule that fits, in the file; NULL for none)
    and contextual (the places of the rules that fit if `apply_context` finds what must have come before). A completion
    belongs to the activity that is completed, which other events of the same course module name.
    """
    work.run(
        """create table completed as
        select object, arg_max(module, events) as module from (
            select object, coalesce(nullif(changed, ''), module) as module, count(*) as events
            from fact join identity on identity.sentence_id = fact.sentence_id
            where object <> '' and module not in ('completion', 'course') or changed <> '' group by all)
        group by object"""
    )
    work.run(
        """create view unfiltered as
        select fact.*, event,
            if(identity.module = 'completion', coalesce(completed.module, 'completion'), identity.module) as module
        from fact join identity on identity.sentence_id = fact.sentence_id
            left join completed on completed.object = fact.object"""
    )
    _load_rules(work, rule_set)
    work.run(
        f"""create table kind as
        with found as (
            select sentence_id, module from identity where module <> 'completion'
            union all select distinct unfiltered.sentence_id, unfiltered.module
            from unfiltered join identity on identity.sentence_id = unfiltered.sentence_id
            where identity.module = 'completion'),
        told as (select found.module, identity.* exclude (module)
            from found join identity on identity.sentence_id = found.sentence_id)
        select row_number() over ()::integer as kind_id, sentence_id, told.module,
            min(place) filter (not contextual) as place,
            list(distinct place order by place) filter (contextual) as contextual
        from told left join rule on {_fits("told")} group by sentence_id, told.module"""
    )
    _settle_ambiguous(work)


def _settle_ambiguous(work: Workspace) -> None:
    """Give the kinds that may be several events the meaning that all of these have, where they have one, else none."""
    work.run(
        f"""update kind set contextual = null, place = agreed.place
        from (
            with meant as (
                select sentence_id, told.module, told.event, min(place) as place
                from (select candidate.*, component, event_name from candidate join identity using (sentence_id)
                    where is_ambiguous) told left join rule on {_fits("told")} and not contextual
                group by all)
            select sentence_id, if(count(distinct (activity_type, bloom_level)) = 1
                and bool_and(meant.place is not null), min(meant.place), null) as place
            from meant left join rule on rule.place = meant.place group by sentence_id) agreed
        where kind.sentence_id = agreed.sentence_id"""
    )


def _load_rules(work: Workspace, rule_set: RuleSet) -> None:
    """Make table `rule`, one row a rule: place, what it says, whether it is contextual, and the words of its `when`."""
    rules = [
        {
            "place": place,
            "id": rule.id,
            "activity_type": rule.activity_type,
            "bloom_level": rule.bloom_level,
            "is_active": rule.is_active,
            "contextual": rule.after is not None,
            **{f"when_{field}": _lowered(getattr(rule.when, field)) for field in When.__struct_fields__},
        }
        for place, rule in enumerate(rule_set.rules)
    ]
    words = ", ".join(f"when_{field} varchar[]" for field in When.__struct_fields__)
    work.run(
        f"""create table rule (place integer, id varchar, activity_type varchar, bloom_level varchar,
        is_active boolean, contextual boolean, {words})"""
    )
    if rules:  # of none DuckDB does not know what it would have
        work.run("insert into rule by name select rule.* from (select unnest($1) as rule)", [rules])


def _lowered(words: Words) -> list[str]:
    return [_pattern(type(word)(word.lower())) for word in listed(words)]


def _pattern(word: str) -> str:
    """The word as a glob pattern, or as an expression where a glob pattern would be tried in many ways."""
    if isinstance(word, Exactly):
        return f"{_EXPRESSION}^{re.escape(word)}$"
    parts = word.split("*")
    is_expression = word.startswith(_EXPRESSION) or (len(parts) > 2 and any(parts))
    return f"{_EXPRESSION}^{'.*'.join(map(re.escape, parts))}$" if is_expression else word


def _fits(told: str) -> str:
    """SQL: an identity fits a rule; component and event may also be as the log writes them."""
    fits = {
        "module": _is_like(f"{told}.module"),
        "action": _is_like(f"{told}.action"),
        "component": _is_like(f"lower({told}.component)"),
        "event": f"({_is_like(f'{told}.event')} or {_is_like(f'lower({told}.event_name)')})",
    }
    return " and ".join(f"list_bool_or([{fit} for word in rule.when_{field}])" for field, fit in fits.items())


def _is_like(text: str) -> str:
    """SQL: a text fits `word`, see _pattern."""
    return f"if(starts_with(word, '{_EXPRESSION}'), regexp_matches({text}, word), {text} glob word)"


def apply_context(work: Workspace, rule_set: RuleSet, newest_first: bool) -> None:
    """Make table `in_context` (row, place): the rows that a rule with `after` fits, with the first such rule.

    For each learner and object the moments of `after.event` and `after.until` are marks; a rule fits a row if the
    last mark before it is one of the former. Rows of the same minute stand in the order of logging.
    """
    work.run("create table in_context (row bigint, place integer)")
    for place, rule in enumerate(rule_set.rules):
        if rule.after:
            _find_context(work, place, rule.after, newest_first)
    work.run("create table first_context as select row, min(place) as place from in_context group by row")


def _find_context(work: Workspace, place: int, after: After, newest_first: bool) -> None:
    opens, closes = _event_in(after.event), _event_in(after.until)
    # When a row was logged as one number, since an ordered join compares one: seconds, then the place among the rows.
    turn = "999_999_999 - row" if newest_first else "row"
    when = f"epoch(moment)::bigint * 1_000_000_000 + {turn}"
    work.run(
        f"""insert into in_context
        with told as (
            select kind.*, list_contains(contextual, {place}) as asked, {opens} as opens, {closes} as closes
            from kind join identity on identity.sentence_id = kind.sentence_id where asked or opens or closes),
        timed as (
            select row, person, coalesce(nullif(affected, ''), person) as subject, object, {when} as moment,
                asked, opens, closes
            from unfiltered join told
                on told.sentence_id = unfiltered.sentence_id and told.module = unfiltered.module
            where object <> '' and moment is not null)
        select asked.row, {place}
        from (select * from timed where asked) asked asof join (select * from timed where opens or closes) mark
            on asked.person = mark.subject and asked.object = mark.object and asked.moment > mark.moment
        where mark.opens"""
    )


def _event_in(words: Words) -> str:
    """SQL: column event fits one of the words."""
    patterns = map(_pattern, listed(words))
    # Not `if` in SQL, which would have every word read as an expression, since it is a constant here.
    fits = [
        f"regexp_matches(event, {quoted(one)})" if one.startswith(_EXPRESSION) else f"event glob {quoted(one)}"
        for one in patterns
    ]
    return "(" + (" or ".join(fits) or "false") + ")"
