"""The way to Redis: what it must be, and what is said where it is not or is away."""

import threading
import time

import pytest
from conftest import LONG
from redis.exceptions import ConnectionError
from redises import RedisServer
from serving import Server, free_port

from moodlelogsmart.cluster.connection import Connection, Unreachable, check_server
from moodlelogsmart.config import SettingError


@pytest.fixture(scope="module")
def own_redis():
    """A Redis with a user that may not ask for its settings, as a managed one has."""
    server = RedisServer()
    server.client.acl_setuser(
        "app", enabled=True, passwords=["+right"], commands=["+@all", "-config"], keys=["*"], channels=["*"]
    )
    yield server
    server.close()


@pytest.fixture
def setting(own_redis):
    """Have it another setting until the end of the test."""
    before = {}

    def change(name, value):
        before.setdefault(name, own_redis.client.config_get(name)[name])
        own_redis.client.config_set(name, value)

    yield change
    for name, value in before.items():
        own_redis.client.config_set(name, value)


def as_user(server, name_and_password):
    return server.url.replace("unix://", f"unix://{name_and_password}@")


@pytest.fixture(params=["all", "app:right"], ids=["CONFIG allowed", "CONFIG forbidden"])
def connection(own_redis, request):
    return Connection(own_redis.url if request.param == "all" else as_user(own_redis, request.param), patience=1)


def test_a_redis_that_keeps_what_it_is_told_will_do(connection):
    check_server(connection)


def test_a_redis_that_forgets_when_it_restarts_is_refused(connection, setting):
    setting("appendonly", "no")
    with pytest.raises(SettingError, match="forgets jobs when it restarts: start it with --appendonly yes"):
        check_server(connection)


def test_a_redis_that_drops_jobs_when_it_is_full_is_refused(connection, setting):
    setting("maxmemory-policy", "allkeys-lru")
    with pytest.raises(SettingError, match=r"drops jobs when its memory is full \(allkeys-lru\)"):
        check_server(connection)


@pytest.mark.parametrize(("synced", "warned"), [("always", []), ("everysec", ["everysec"])])
def test_a_redis_that_may_lose_the_last_second_is_told_in_the_log(own_redis, setting, caplog, synced, warned):
    setting("appendfsync", synced)
    check_server(Connection(own_redis.url, patience=1))
    assert [line.appendfsync for line in caplog.records] == warned


@pytest.mark.parametrize("user", ["app:wrong", "nobody:right"])
def test_a_redis_that_does_not_let_us_in_is_told_at_once_and_without_the_password(own_redis, user):
    begun = time.monotonic()
    with pytest.raises(SettingError, match="does not let us in") as told:
        check_server(Connection(as_user(own_redis, user), patience=60))
    assert time.monotonic() - begun < 30
    assert user not in str(told.value)


def test_a_redis_that_is_not_there_is_told(caplog):
    with pytest.raises(SettingError, match="cannot be reached"):
        check_server(Connection(f"redis://:secret@127.0.0.1:{free_port()}/0", patience=0))
    assert "secret" not in caplog.text


@pytest.mark.parametrize("address", ["localhost:6379", "http://:secret@localhost:6379", "redis://host:port/0"])
def test_what_is_no_address_is_told(address):
    with pytest.raises(SettingError, match="MOODLELOGSMART_QUEUE is no address of a Redis") as told:
        Connection(address, patience=0)
    assert "secret" not in str(told.value)


def test_a_call_waits_until_redis_is_there_again():
    server = RedisServer()
    try:
        connection, said = Connection(server.url, patience=LONG), []
        connection.ask(lambda redis: redis.set("moodlelogsmart:told", "before"))
        server.end()
        read = threading.Thread(
            target=lambda: said.append(connection.ask(lambda redis: redis.get("moodlelogsmart:told")))
        )
        read.start()
        with pytest.raises(Unreachable) as told:
            Connection(server.url, patience=0).ask(lambda redis: redis.ping())
        assert "try again in a minute" in told.value.message
        assert said == []
        server.start()
        read.join(LONG)
        assert said == ["before"]
    finally:
        server.close()


def test_a_redis_that_still_reads_its_file_is_waited_for():
    calls = []

    def loading(client):
        calls.append(client)
        if len(calls) < 3:
            raise ConnectionError("LOADING Redis is loading the dataset in memory")
        return "there"

    assert Connection("redis://localhost", patience=60).ask(loading) == "there"


def test_a_full_redis_is_told_at_once(own_redis, setting):
    setting("maxmemory", "1")
    with pytest.raises(Unreachable):
        Connection(own_redis.url, patience=60).ask(lambda redis: redis.set("moodlelogsmart:more", "x"))


def test_a_worker_says_it_in_a_sentence(command):
    said = command(verb="worker", MOODLELOGSMART_QUEUE="localhost:6379")
    assert (said.returncode, said.stdout) == (2, "")
    assert said.stderr.startswith("MOODLELOGSMART_QUEUE is no address")


def test_a_web_server_says_it_in_a_sentence(tmp_path):
    server = Server(tmp_path / "instance", MOODLELOGSMART_QUEUE="localhost:6379")
    words = server.last_words()
    assert "\nMOODLELOGSMART_QUEUE is no address of a Redis" in words
    assert "Traceback" not in words
    assert server.process.returncode != 0
