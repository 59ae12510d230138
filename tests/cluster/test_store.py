"""The files of jobs where several machines have them: the same of a folder and of a bucket."""

import errno
import os
import shutil
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from buckets import NAME, Bucket
from conftest import log_text, until, viewed
from machines import Installation
from serving import free_port

from moodlelogsmart.cluster import files as stored
from moodlelogsmart.cluster import store as stores
from moodlelogsmart.cluster.files import StoredFiles
from moodlelogsmart.cluster.machine import set_up
from moodlelogsmart.cluster.store import open_store
from moodlelogsmart.config import SettingError, Settings
from moodlelogsmart.jobs.job import CHECK, UPLOADING
from moodlelogsmart.messages import MachineError

LARGE = os.urandom(12_000_000)  # goes into a bucket in three parts

folder_alone = pytest.mark.parametrize("address", ["folder"], indirect=True)


@pytest.fixture(scope="module")
def one_bucket():
    bucket = Bucket()
    yield bucket
    bucket.close()


@pytest.fixture
def bucket(one_bucket, monkeypatch):
    one_bucket.empty()
    for name, value in one_bucket.variables.items():
        monkeypatch.setenv(name, value)
    return one_bucket


@pytest.fixture(params=["folder", "s3"])
def address(request, tmp_path):
    if request.param == "folder":
        return str(tmp_path / "store")
    request.getfixturevalue("bucket")
    return f"s3://{NAME}/some/prefix"


@pytest.fixture
def store(address):
    return open_store(address, patience=1)


@pytest.fixture
def put(store, tmp_path):
    def put(key, content=b"a row"):
        path = tmp_path / "put"
        path.write_bytes(content)
        store.put(path, key)

    return put


def keys(store, below=""):
    return sorted(key for key, _age in store.found(below))


def read(store, key):
    size, content = store.read(key)
    return size, b"".join(content)


@pytest.mark.parametrize("content", [b"", b"a row", LARGE], ids=["empty", "small", "large"])
def test_what_was_put_is_there_for_all(put, store, address, tmp_path, content):
    put("job/run/results.zip", content)
    another = open_store(address, patience=1)
    another.get("job/run/results.zip", tmp_path / "got")
    assert (tmp_path / "got").read_bytes() == content
    assert read(another, "job/run/results.zip") == (len(content), content)


def test_it_finds_what_lies_below_a_key(put, store):
    for key in ("one/input/logs/000", "one/input/roster", "one/input2/000", "two/000", "installation"):
        put(key)
    assert keys(store) == ["installation", "one/input/logs/000", "one/input/roster", "one/input2/000", "two/000"]
    assert keys(store, "one/input") == ["one/input/logs/000", "one/input/roster"]
    assert keys(store, "two/000") == keys(store, "three") == []
    assert all(-2 < age < 100 for _key, age in store.found())


def test_what_was_deleted_is_gone_and_the_rest_is_not(put, store):
    put("job/run/a")
    put("job/b")
    for _ in range(2):
        store.delete("job/run/a")
        store.delete("nothing/at/all")
    assert keys(store) == ["job/b"]
    with pytest.raises(FileNotFoundError):
        store.read("job/run/a")


def test_of_a_folder_nothing_is_left_when_its_last_file_is_deleted(tmp_path):
    store = open_store(str(tmp_path / "store"), patience=1)
    (tmp_path / "row").write_text("a row")
    store.put(tmp_path / "row", "job/input/logs/000")
    store.delete("job/input/logs/000")
    assert list((tmp_path / "store").iterdir()) == []


def test_what_is_not_there_is_told(put, store, tmp_path):
    put("job/000")
    for key in ("job/001", "nothing/000", "job"):
        with pytest.raises(FileNotFoundError):
            store.get(key, tmp_path / "got")
        with pytest.raises(FileNotFoundError):
            store.read(key)
    assert keys(store) == ["job/000"]


@folder_alone
def test_of_a_put_into_a_folder_nothing_is_seen_before_its_end(put, store, monkeypatch):
    copy, seen = shutil.copyfile, []

    def half(source, target):
        copy(source, target)
        seen.extend([keys(store), keys(store, "job")])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(stores.shutil, "copyfile", half)
    with pytest.raises(OSError, match="No space left"):
        put("job/run/results.zip")
    assert seen == [[], []]
    assert list(store._folder.iterdir()) == []


@folder_alone
def test_what_a_put_left_that_was_killed_is_deleted_some_day(put, store):
    folder = store._folder
    old, young = folder / f"{stores.ASIDE}old", folder / f"{stores.ASIDE}young"
    for path in (old, young):
        path.write_text("half a")
    os.utime(old, (time.time() - 4000,) * 2)
    put("job/000")
    assert keys(store) == ["job/000"]
    store.tidy(3600)
    assert (old.exists(), young.exists(), keys(store)) == (False, True, ["job/000"])


@folder_alone
def test_a_folder_that_cannot_be_read_is_not_one_without_files(put, store, monkeypatch):
    put("job/000")

    def stale(path):
        raise OSError(errno.ESTALE, "Stale file handle")

    monkeypatch.setattr(os, "scandir", stale)
    with pytest.raises(OSError, match="Stale"):
        keys(store, "job")


def test_of_a_put_into_a_bucket_nothing_is_seen_before_its_end(bucket, tmp_path):
    store = open_store(f"s3://{NAME}", patience=1)
    (tmp_path / "large").write_bytes(LARGE)
    bucket.refuses = lambda asked: "400 Bad Request" if "partNumber=2" in asked else None
    with pytest.raises(OSError, match="does not answer"):
        store.put(tmp_path / "large", "job/run/results.zip")
    assert keys(store) == []
    assert not bucket.half_put()


def test_a_bucket_that_breaks_is_an_error_of_the_machine(bucket, tmp_path):
    store = open_store(f"s3://{NAME}", patience=1)
    (tmp_path / "row").write_text("a row")
    store.put(tmp_path / "row", "job/000")
    for status in ("400 Bad Request", "403 Forbidden"):
        bucket.refuses = lambda asked, status=status: status
        for call in (
            lambda: store.put(tmp_path / "row", "job/001"),
            lambda: store.get("job/000", tmp_path / "got"),
            lambda: store.delete("job/000"),
            lambda: keys(store),
        ):
            with pytest.raises(OSError, match=r"does not answer|does not let us in"):
                call()


def test_a_file_that_comes_only_in_part_is_an_error_of_the_machine(bucket, tmp_path):
    store = open_store(f"s3://{NAME}", patience=1)
    (tmp_path / "large").write_bytes(LARGE)
    store.put(tmp_path / "large", "job/000")
    bucket.cuts = lambda asked: asked.startswith("GET") and "job/000" in asked
    with pytest.raises(OSError, match="does not answer"):
        store.get("job/000", tmp_path / "got")


# What the machines have of it


@pytest.fixture
def machine(store, tmp_path):
    """Make a further machine that has the store."""

    def make():
        root = tmp_path / f"machine{len(list(tmp_path.glob('machine*')))}"
        root.mkdir()
        return StoredFiles(root, store)

    return make


def kept(machine, *names, content="a row"):
    """Files that a machine has received and kept."""
    for name in names:
        path = machine.folder("job") / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    machine.keep(machine.folder("job"))


def names(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_another_machine_has_what_was_kept(machine):
    one, other = machine(), machine()
    kept(one, "input/logs/000", "input/logs/001", "input/names.json", "run/results.zip")
    folder = other.fetch(other.folder("job") / "input")
    assert names(folder) == ["logs/000", "logs/001", "names.json"]
    assert other.fetch(other.folder("job") / "run" / "results.zip").read_text() == "a row"
    assert names(other.folder("job")) == ["input/logs/000", "input/logs/001", "input/names.json", "run/results.zip"]


def test_many_threads_have_it_at_once(machine):
    one, other = machine(), machine()
    kept(one, *[f"input/logs/{number:03}" for number in range(9)], "run/results.zip")
    begin = threading.Barrier(16)

    def fetch(place):
        begin.wait()
        path = other.fetch(other.folder("job") / place)
        return len(names(path)) if path.is_dir() else path.read_text()

    with ThreadPoolExecutor(16) as pool:
        assert set(pool.map(fetch, ["input", "run/results.zip"] * 8)) == {9, "a row"}
    assert one.here() == other.here() == ["job"]


def test_what_nobody_has_is_not_there(machine):
    one = machine()
    assert not one.fetch(one.folder("job") / "run" / "results.zip").exists()
    assert not one.fetch(one.folder("job") / "input").exists()
    assert not one.share(one.folder("job") / "input", one.folder("other") / "input")


def test_a_store_that_breaks_does_not_say_that_nothing_is_there(machine, monkeypatch):
    one, other = machine(), machine()
    kept(one, "input/logs/000", "input/names.json", "results.zip")

    def breaks(key, path=None):
        if path:
            path.write_text("a")
        raise OSError(errno.EIO, "it does not answer")

    monkeypatch.setattr(other.store, "get", breaks)
    for place in ("input", "results.zip"):
        with pytest.raises(MachineError, match="cannot reach the place where its files are kept"):
            other.fetch(other.folder("job") / place)
        assert not (other.folder("job") / place).exists()
    monkeypatch.setattr(other.store, "found", breaks)
    with pytest.raises(MachineError, match="cannot reach the place where its files are kept"):
        other.fetch(other.folder("job") / "input")
    assert list(other.folder("job").parent.iterdir()) == []


@folder_alone
def test_a_folder_that_is_not_there_any_more_is_told(machine, store):
    shutil.rmtree(store._folder)
    with pytest.raises(MachineError, match="cannot reach the place where its files are kept"):
        kept(machine(), "input/logs/000")


def test_a_file_that_goes_with_its_job_while_it_is_kept_is_no_fault_of_the_store(machine, store, monkeypatch):
    def goes(path, key):
        path.unlink()
        raise FileNotFoundError(errno.ENOENT, "No such file")

    monkeypatch.setattr(store, "put", goes)
    kept(machine(), "input/logs/000")


def test_what_goes_while_it_is_fetched_is_not_there_in_part(machine, monkeypatch):
    one, other = machine(), machine()
    kept(one, "input/logs/000", "input/logs/001")
    get = other.store.get

    def late(key, path):
        if key.endswith("001"):
            raise FileNotFoundError
        get(key, path)

    monkeypatch.setattr(other.store, "get", late)
    assert not other.fetch(other.folder("job") / "input").exists()


def test_files_are_shared_with_another_job(machine, store):
    one, other = machine(), machine()
    kept(one, "input/logs/000")
    assert other.share(other.folder("job") / "input", other.folder("again") / "input")
    other.keep(other.folder("again"))
    one.delete_job("job")
    assert keys(store) == ["again/input/logs/000"]


def test_what_is_deleted_is_gone_here_and_in_the_store(machine, store):
    one, other = machine(), machine()
    kept(one, "input/logs/000", "run/results.zip", "run/summary.json")
    other.delete(other.folder("job") / "input", other.folder("job") / "run" / "results.zip", None)
    assert keys(store) == ["job/run/summary.json"]
    one.delete_job("job")
    assert (keys(store), one.here()) == ([], [])


def test_all_goes_but_what_is_kept(machine, store):
    one = machine()
    kept(one, "input/logs/000", "run1/results.zip", "run1/part", "run2/results.zip", "run2/part")
    folder = one.folder("job")
    one.delete_others("job", [folder / "run1" / "results.zip"], run="run2")
    assert names(folder) == ["input/logs/000", "run1/part", "run1/results.zip"]
    assert keys(store) == [f"job/{name}" for name in names(folder)]
    one.delete_others("job", [folder / "input", folder / "run1" / "results.zip"])
    assert names(folder) == ["input/logs/000", "run1/results.zip"]
    assert keys(store) == [f"job/{name}" for name in names(folder)]
    one.delete_others("job", [])
    assert (names(folder), keys(store)) == ([], [])


def test_a_machine_lets_go_of_what_the_store_has(machine, store):
    one = machine()
    kept(one, "input/logs/000")
    one.leave("job")
    assert (one.here(), keys(store)) == ([], ["job/input/logs/000"])
    assert one.fetch(one.folder("job") / "input").exists()


def test_a_copy_goes_once_nobody_has_looked_at_it_for_a_while(machine, store):
    one = machine()
    kept(one, "run/results.zip")
    long_ago = (time.time() - stored.UNUSED - 1,) * 2
    os.utime(one.folder("job"), long_ago)
    one.fetch(one.folder("job") / "run" / "results.zip")
    one.leave_unused("job", stored.UNUSED)
    assert one.here() == ["job"]
    os.utime(one.folder("job"), long_ago)
    for _ in range(2):
        one.leave_unused("job", stored.UNUSED)
    assert (one.here(), keys(store)) == ([], ["job/run/results.zip"])


def test_files_of_a_job_that_nobody_knows_are_found_unless_they_only_just_came(machine, put, monkeypatch):
    for key in ("known/000", "left/input/000", "left/results.zip", "installation"):
        put(key)
    one = machine()
    assert list(one.unknown({"known"})) == []
    monkeypatch.setattr(stored, "STRANGE", -5.0)
    assert list(one.unknown({"known"})) == ["left"]


# What a machine has before it begins


@pytest.fixture
def begin(redis_server, tmp_path, address):
    """Set up one more machine, by default with the store."""
    machines = []

    def begin(store=address):
        settings = Settings(instance=str(tmp_path / "instance"), queue=redis_server.url, store=store)
        machines.append(set_up(settings, patience=1))
        return machines[-1]

    yield begin
    for machine in machines:
        machine.leave()


def test_the_store_of_another_installation_is_refused(begin, redis_server):
    for _ in range(2):
        begin()
    redis_server.client.flushall()
    with pytest.raises(SettingError, match="store of another installation"):
        begin()


def test_a_store_that_cannot_be_used_is_told_in_a_sentence(begin, bucket, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingError, match="cannot be written"):
        begin(str(tmp_path / "file" / "store"))
    with pytest.raises(SettingError, match="names a bucket that is not there"):
        begin("s3://nothing/prefix")
    bucket.refuses = lambda asked: "403 Forbidden"
    with pytest.raises(
        SettingError, match="does not let us in: see to its address and, of a bucket, to AWS_ACCESS_KEY"
    ):
        begin(f"s3://{NAME}")
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_port()}")
    with pytest.raises(SettingError, match="does not answer"):
        begin(f"s3://{NAME}")


def test_a_machine_keeps_what_comes_and_lets_go_of_what_was_deleted(begin):
    machine, other = begin(), begin()
    files, jobs = machine.files, machine.manager
    comes, waits, deleted, emptied = (jobs.create_job(stage=stage) for stage in (UPLOADING, CHECK, CHECK, CHECK))
    for job_id in (comes, waits, deleted, emptied):
        (files.folder(job_id) / "input").mkdir(parents=True)
        (files.folder(job_id) / "input" / "000").write_text("a row")

    def tidied(seconds):
        for job_id in files.here():
            os.utime(files.folder(job_id), (time.time() - seconds - 1,) * 2)
        machine.leave_unused()
        return set(files.here())

    other.manager.forget(deleted)
    other.manager.mark_failed(emptied, "This is no log.")
    assert tidied(0) == {comes, waits, deleted}
    assert tidied(stored.UNKNOWN) == {comes, waits}
    assert tidied(stored.UNUSED) == {comes}


@pytest.fixture
def machines(bucket, tmp_path):
    """Two machines that have their files in the bucket."""
    machines = Installation(tmp_path, MOODLELOGSMART_STORE=f"s3://{NAME}/some/prefix", **bucket.variables)
    yield machines
    machines.close()


LOG = log_text([viewed(4), viewed(5)])


def test_a_job_goes_all_the_way_through_a_bucket(machines, tmp_path):
    browser, (web,) = requests.Session(), machines.webs
    store = open_store(f"s3://{NAME}/some/prefix", patience=1)
    job_id = machines.hand_in(LOG, browser)
    job = machines.finished(job_id)
    assert job.status == "completed"
    assert {key.rpartition("/")[2] for key in keys(store, job_id)} >= {"000", "results.zip", "summary.json"}
    until(lambda: not list(tmp_path.glob("machine*/processes/*/jobs/*")))
    assert "what the learners did" in browser.get(f"{web.url}/status/{job_id}").text
    assert browser.get(f"{web.url}/download/{job_id}").content == read(store, f"{job_id}/{job.run}/results.zip")[1]
    assert browser.post(f"{web.url}/jobs/{job_id}/delete").status_code == 200
    until(lambda: keys(store) == ["installation"])


AWAY = "cannot reach the place where its files are kept"


def test_a_bucket_that_is_away_is_told_and_what_came_is_kept(machines, bucket):
    browser, (web,) = requests.Session(), machines.webs
    bucket.refuses = lambda asked: "403 Forbidden" if asked.startswith("PUT") and "summary" in asked else None
    job_id = machines.hand_in(LOG, browser)
    assert AWAY in machines.finished(job_id).error
    bucket.refuses = lambda asked: None
    page = browser.post(f"{web.url}/jobs/{job_id}/retry").url
    assert machines.finished(page.rpartition("/")[2]).status == "completed"
    bucket.refuses = lambda asked: "503 Slow Down"
    away = browser.get(page)
    assert (away.status_code, AWAY in away.text, "Refresh" in away.headers) == (503, True, True)
    bucket.refuses = lambda asked: None
    assert "what the learners did" in browser.get(page).text
