"""What the report offers for the methods of a paper."""

from conftest import event, graded, viewed
from lxml import html

from moodlelogsmart import __version__
from moodlelogsmart.meaning.pseudonyms import new_key
from moodlelogsmart.meaning.rules import load_rules


def paragraph(result):
    page = html.fromstring((result.folder / "report.html").read_text(encoding="utf-8"))
    (told,) = page.xpath("//dt[text()='For the methods of a paper']/following-sibling::dd[1]")
    return told.text_content()


def test_it_tells_version_counts_rules_and_options(enrich):
    rows = [viewed(5, name="Ana Invented"), graded(9, 5, name="Bo Invented"), event("", name="Cy", time="never")]
    text, rules = paragraph(enrich(rows, timezone="America/Sao_Paulo", case="session", session_gap=45)), load_rules()
    assert f"processed with MoodleLogSmart {__version__}." in text
    assert "Lines kept: 1 of 3; learners: 1." in text
    assert "Lines left out: done by teachers or staff: 1, without a date that can be read: 1." in text or (
        "Lines left out: without a date that can be read: 1, done by teachers or staff: 1." in text
    )
    assert f"“{rules.name} {rules.version}” (SHA-256 {rules.sha256[:12]}…)" in text
    assert "A case is one session of a learner; a session ends with a pause of more than 45 min." in text
    assert "zone America/Sao_Paulo" in text
    assert "pseudonyms" not in text


def test_it_tells_of_pseudonyms_corrections_and_filters_and_names_nobody(enrich, tmp_path):
    rows = [viewed(5, name="Ana Invented"), viewed(6, name="Bo Invented")]
    text = paragraph(enrich(rows, pseudonyms="own", pseudonym_key=new_key(), staff=("Ana Invented",), module=("page",)))
    assert "keyed pseudonyms" in text
    assert "corrected by hand" in text
    assert "Only a part of the log was counted" in text
    assert "Ana" not in text
