"""Whatever a learner or teacher may have typed is the same in every format, as other programs read it."""

import json

import openpyxl
import pyarrow.parquet as pq
from conftest import viewed
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_xes import NAMESPACE, check_structure

# Letters, marks, quotes, tags, control characters: whatever a cell of a log can hold, but NUL and lone surrogates.
ANY = st.text(st.characters(exclude_characters="\0\r", exclude_categories=["Cs"]), min_size=1, max_size=30)
# What XML 1.0 can hold; openpyxl reads _x000D_ and its like as a character, as Excel does.
LEGAL = st.text(
    st.characters(min_codepoint=32, exclude_characters="\ufffe\uffff", exclude_categories=["Cs"]),
    min_size=1,
    max_size=30,
)
ODD = [" spaces ", "two\nlines", "a\tb", "<&>"]
CONTROL = ["\x01", "\x1f", "\x7f", "\ufffe"]  # each in a row that is odd by nothing else


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ANY, min_size=8, max_size=30), st.lists(LEGAL, min_size=8, max_size=30))
def test_every_text_is_the_logs_own(enrich, texts, legal):
    texts = [*texts, *CONTROL, *legal, *ODD]
    result = enrich([viewed(user, **{"Event context": text}) for user, text in enumerate(texts, start=1000)])
    folder = result.folder
    assert [row["event_context"] for row in result.events] == texts
    assert pq.read_table(folder / "enriched_log.parquet")["event_context"].to_pylist() == texts
    assert ocel_contexts(folder / "enriched_log.ocel.json") == texts
    log = check_structure(folder / "enriched_log.xes")
    told = [one.get("value") for one in log.iter(NAMESPACE + "string") if one.get("key") == "event_context"]
    assert told == [shown(text) for text in texts]
    sheet = openpyxl.load_workbook(folder / "enriched_log.xlsx")["Events"]
    cells = [cell.value for cell in sheet["G"][1:]]
    assert cells[-len(legal) - len(ODD) :] == [*legal, *ODD]


def ocel_contexts(path):
    events = json.loads(path.read_text(encoding="utf-8"))["events"]
    told = [{one["name"]: one["value"] for one in event["attributes"]} for event in events]
    return [one["event_context"] for one in told]


def shown(text):
    """What XML holds of a text."""
    return "".join("\ufffd" if (ord(c) < 32 and c not in "\t\n\r") or c in "\ufffe\uffff" else c for c in text)
