import logging

import pytest

from moodlelogsmart.config import SettingError, Settings, Told, from_environment, kept_key, settings_told


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


@pytest.fixture
def named(tmp_path):
    """The environment that names a file of settings of this text."""

    def write(text):
        path = tmp_path / "settings.toml"
        path.write_text(text, encoding="utf-8")
        return {"MOODLELOGSMART_CONFIG": str(path)}

    return write


def test_it_reads_a_file_and_the_environment_counts_first(named):
    variables = named('port = 8080\nworkers = 3\ntimezone = "America/Sao_Paulo"\n') | {"MOODLELOGSMART_PORT": "9090"}
    settings = from_environment(variables)
    assert (settings.port, settings.workers, settings.timezone) == (9090, 3, "America/Sao_Paulo")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("prot = 8080", "prot is not a setting"),
        ('port = "8080"', "port must be a whole number"),
        ("port = true", "port must be a whole number"),
        ("timezone = 3", "timezone must be a text in quotes"),
        ("port 8080", "is no TOML"),
        ("workers = 0", "WORKERS must be 1 or more"),
    ],
)
def test_it_refuses_a_file_that_does_not_fit(named, text, told):
    with pytest.raises(SettingError, match=told):
        from_environment(named(text))


def test_it_refuses_a_file_that_is_not_there(tmp_path):
    with pytest.raises(
        SettingError, match=r"MOODLELOGSMART_CONFIG names .*no\.toml, which cannot be read: No such file"
    ):
        from_environment({"MOODLELOGSMART_CONFIG": str(tmp_path / "no.toml")})


def test_a_secret_of_the_wrong_kind_is_in_no_sentence(named):
    with pytest.raises(SettingError) as refused:
        from_environment(named("admin_token = 1234567890123456"))
    assert "1234567890123456" not in str(refused.value)


def test_it_tells_every_setting_with_its_origin_and_no_secret(named):
    variables = named('workers = 3\nadmin_token = "0123456789abcdef"\n') | {"MOODLELOGSMART_PORT": "9090"}
    told = {one.name: one for one in settings_told(variables)}
    assert set(told) == set(Settings.__dataclass_fields__)
    assert told["port"] == Told("port", 9090, "environment")
    assert told["workers"] == Told("workers", 3, variables["MOODLELOGSMART_CONFIG"])
    assert told["threads"] == Told("threads", 64, "default")
    assert told["admin_token"] == Told("admin_token", "set", variables["MOODLELOGSMART_CONFIG"])
    assert told["secret_key"] == Told("secret_key", "not set", "default")


def test_the_key_is_made_once_and_only_its_owner_reads_it(tmp_path):
    folder = tmp_path / "new" / "instance"
    key = kept_key(folder, "secret_key")
    assert len(key) == 64
    assert kept_key(folder, "secret_key") == key
    assert (folder / "secret_key").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in folder.iterdir()] == ["secret_key"]
