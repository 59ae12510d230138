import logging

import pytest

from moodlelogsmart.config import SettingError, Settings, from_environment


def test_it_has_a_default_for_everything():
    assert from_environment({}) == Settings()


def test_it_reads_the_environment():
    settings = from_environment(
        {"MOODLELOGSMART_PORT": "8080", "MOODLELOGSMART_TIMEZONE": "America/Sao_Paulo", "X": "1"}
    )
    assert (settings.port, settings.timezone) == (8080, "America/Sao_Paulo")


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("PORT", "eighty", "whole number"),
        ("WORKERS", "0", "1 or more"),
        ("TIMEZONE", "Mars/Olympus", "America/Sao_Paulo"),
    ],
)
def test_it_refuses_a_value_that_does_not_fit_and_names_the_variable(name, value, told):
    with pytest.raises(SettingError, match=f"MOODLELOGSMART_{name} .*{told}"):
        from_environment({f"MOODLELOGSMART_{name}": value})


def test_it_warns_of_a_name_that_is_no_setting(caplog):
    with caplog.at_level(logging.WARNING):
        assert from_environment({"MOODLELOGSMART_PROT": "8080"}) == Settings()
    assert "MOODLELOGSMART_PROT is not a setting" in caplog.text
