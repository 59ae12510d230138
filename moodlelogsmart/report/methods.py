"""How a result was made, in sentences for the methods of a paper."""

from moodlelogsmart.messages import Message
from moodlelogsmart.report.labels import CASES, REASONS
from moodlelogsmart.report.summary import Summary

_DIGITS = 12  # of a checksum, enough to tell one set of rules from another


def methods(summary: Summary) -> list[Message]:
    """The sentences, of a result that was made (`made`): versions, counts, rules, options. They name nobody."""
    made, options, rules = summary.made, summary.made["options"], summary.made["rules"]
    left_out = [
        Message("%(reason)s: %(rows)d", reason=REASONS[reason], rows=rows) for reason, rows in summary.dropped.items()
    ]
    told = [
        Message("The log was processed with MoodleLogSmart %(version)s.", version=made["version"]),
        Message(
            "Lines kept: %(kept)d of %(all)d; learners: %(learners)d.",
            all=summary.rows_read,
            kept=summary.events_kept,
            learners=summary.learners,
        ),
    ]
    if left_out:
        told.append(Message("Lines left out: %(reasons)s.", reasons=left_out))
    told += [
        Message(
            "Events were given activity types and levels of Bloom's revised taxonomy (Anderson & Krathwohl, 2001) by "
            "the rules “%(rules)s” (SHA-256 %(sum)s…).",
            rules=" ".join(filter(None, (rules["name"], rules.get("version", "")))),
            sum=rules["sha256"][:_DIGITS],
        ),
        Message(
            "A case is %(case)s; a session ends with a pause of more than %(minutes)d min.",
            case=CASES[options["case"]],
            minutes=options["session_gap"],
        ),
        Message("Times are those of the zone %(name)s.", name=summary.reading.timezone.value),
    ]
    if summary.disguised:
        told.append(Message("Names, user numbers and addresses were replaced with keyed pseudonyms."))
    if summary.corrections:
        told.append(Message("What was understood of the log was corrected by hand, as corrections.yaml tells."))
    if summary.filters:
        told.append(Message("Only a part of the log was counted, as the manifest tells."))
    return told
