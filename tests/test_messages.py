import pytest

from moodlelogsmart.messages import LogError, Message, fill


def test_it_reads_as_the_english_sentence():
    assert Message("%(rows)d rows of %(name)s", rows=3, name="a log") == "3 rows of a log"


def test_it_keeps_template_and_parameters_for_translation():
    message = Message("%(rows)d rows", rows=3)
    assert (message.template, message.parameters) == ("%(rows)d rows", {"rows": 3})


def test_it_leaves_a_percent_sign_alone_where_there_are_no_parameters():
    assert Message("100 % done") == "100 % done"


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "37,751 lines (8.4%), 80% and 0.4%, 3 October 2019; 37751"),
        ("pt_BR", "37.751 lines (8,4%), 80% and 0,4%, 3 de outubro de 2019; 37751"),
        ("es", "37.751 lines (8,4\xa0%), 80\xa0% and 0,4\xa0%, 3 de octubre de 2019; 37751"),
    ],
)
def test_it_writes_numbers_shares_and_days_as_the_language_does(language, expected):
    message = Message(
        "%(rows)s lines (%(share)s), %(most)s and %(few)s, %(first_day)s; %(plain)d",
        rows=37751, share=0.084, most=0.8, few=14 / 3775, first_day="2019-10-03", plain=37751,
    )  # fmt: skip
    assert fill(message.template, message.parameters, language) == expected
    assert language != "en" or message == expected


def test_a_text_that_looks_like_a_day_stays_a_text():
    assert Message("%(file)s is missing.", file="2021-10-17") == "2021-10-17 is missing."


def test_an_error_carries_its_message():
    error = LogError("The file %(name)s is empty.", name="x")
    assert str(error) == error.message == "The file x is empty."
