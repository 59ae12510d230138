from moodlelogsmart.messages import LogError, Message


def test_it_reads_as_the_english_sentence():
    assert Message("%(rows)d rows of %(name)s", rows=3, name="a log") == "3 rows of a log"


def test_it_keeps_template_and_parameters_for_translation():
    message = Message("%(rows)d rows", rows=3)
    assert (message.template, message.parameters) == ("%(rows)d rows", {"rows": 3})


def test_it_leaves_a_percent_sign_alone_where_there_are_no_parameters():
    assert Message("100 % done") == "100 % done"


def test_an_error_carries_its_message():
    error = LogError("The file %(name)s is empty.", name="x")
    assert str(error) == error.message == "The file x is empty."
