"""Each line of the job story, and that it holds under many threads."""

import logging
import random
import threading
import uuid
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moodlelogsmart.cluster.connection import Connection
from moodlelogsmart.cluster.keeper import RedisKeeper
from moodlelogsmart.jobs import Job, JobManager, get_job_manager, install_job_manager
from moodlelogsmart.jobs.journal import Journal, JournalError
from moodlelogsmart.options import Options


@pytest.fixture(params=["memory", "redis"])
def manager(request, tmp_path):
    if request.param == "memory":
        return JobManager(tmp_path)
    url = request.getfixturevalue("redis_server").url
    return JobManager(tmp_path, keeper=RedisKeeper(Connection(url, patience=1), tmp_path, "here"))


def test_it_creates_a_job_that_is_processing_at_zero(manager):
    before = datetime.now(UTC)
    job = manager.get_job(manager.create_job())
    assert uuid.UUID(job.job_id).version == 4
    assert (job.status, job.progress, job.error) == ("processing", 0, None)
    assert (job.completed_at, job.input_file, job.output_file) == (None, None, None)
    assert job.created_at.tzinfo is UTC
    assert before <= job.created_at <= datetime.now(UTC)


def test_it_keeps_the_jobs_in_a_dict_by_id(manager):
    job_id = manager.create_job()
    assert isinstance(manager.jobs[job_id], Job)


def test_it_knows_no_job_of_another_id(manager):
    assert manager.get_job("nothing") is None


def test_a_snapshot_does_not_change_with_the_job_nor_the_job_with_it(manager):
    job_id = manager.create_job()
    before = manager.get_job(job_id)
    manager.update_progress(job_id, 40)
    assert before.progress == 0
    manager.get_job(job_id).progress = 99
    manager.list_jobs()[0].progress = 99
    assert manager.get_job(job_id).progress == 40


@given(st.lists(st.integers(-200, 300), max_size=20))
def test_progress_stays_in_its_bounds_and_never_goes_back(steps):
    manager = JobManager()
    job_id = manager.create_job()
    seen = [0]
    for step in steps:
        manager.update_progress(job_id, step)
        seen.append(manager.get_job(job_id).progress)
    assert seen == sorted(seen)
    assert seen[-1] == max([0, *(min(100, step) for step in steps)])


def test_it_completes_a_job(manager, tmp_path):
    job_id = manager.create_job()
    manager.mark_completed(job_id, tmp_path / "results.zip")
    job = manager.get_job(job_id)
    assert (job.status, job.progress, job.output_file) == ("completed", 100, tmp_path / "results.zip")
    assert job.completed_at >= job.created_at


def test_it_fails_a_job_with_a_sentence(manager):
    job_id = manager.create_job()
    manager.update_progress(job_id, 30)
    manager.mark_failed(job_id, "The file is empty.")
    job = manager.get_job(job_id)
    assert (job.status, job.progress, job.error) == ("failed", 30, "The file is empty.")
    assert job.completed_at is not None


@pytest.mark.parametrize("first", ["completed", "failed"])
def test_a_finished_job_never_changes_state_again(manager, tmp_path, first):
    job_id = manager.create_job()
    ends = {
        "completed": lambda: manager.mark_completed(job_id, tmp_path / "a.zip"),
        "failed": lambda: manager.mark_failed(job_id, "first"),
    }
    ends.pop(first)()
    finished = manager.get_job(job_id)
    manager.mark_failed(job_id, "second")
    manager.mark_completed(job_id, tmp_path / "b.zip")
    manager.update_progress(job_id, 7)
    manager.set_stage(job_id, "read")
    manager.set_input_file(job_id, tmp_path / "in.csv")
    assert manager.get_job(job_id) == finished


def test_it_notes_input_title_options_and_stage(manager, tmp_path):
    job_id = manager.create_job(owner="ana")
    manager.set_input_file(job_id, tmp_path / "in.csv")
    manager.describe(job_id, title="course.csv", options=Options(case="session"))
    manager.set_stage(job_id, "queued")
    assert manager.get_job(job_id).started_at is None
    manager.set_stage(job_id, "read")
    job = manager.get_job(job_id)
    assert (job.input_file, job.title, job.options.case) == (tmp_path / "in.csv", "course.csv", "session")
    assert job.started_at is not None
    assert not job.is_waiting


def test_it_deletes_the_files_of_a_job_and_that_twice(manager):
    job_id = manager.create_job()
    folder = manager.folder(job_id)
    (folder / "input").mkdir(parents=True)
    (folder / "input" / "000").write_text("a row")
    (folder / "results.zip").write_text("more")
    manager.set_input_file(job_id, folder / "input")
    manager.cleanup_job(job_id)
    manager.cleanup_job(job_id)
    assert not folder.exists()
    assert manager.get_job(job_id).input_file is None


def with_files(manager, **fields):
    """A job with a log, results, and what a run leaves beside them."""
    job_id = manager.create_job(**fields)
    folder = manager.folder(job_id)
    for name in ("input", "results"):
        (folder / name).mkdir(parents=True)
        (folder / name / "000").write_text("a row")
    (folder / "results.zip").write_text("results")
    manager.set_input_file(job_id, folder / "input")
    return job_id, folder


def test_a_completed_job_keeps_its_results_alone(manager):
    job_id, folder = with_files(manager)
    assert manager.mark_completed(job_id, folder / "results.zip")
    assert [path.name for path in folder.iterdir()] == ["results.zip"]
    assert manager.get_job(job_id).input_file is None


def test_a_failed_job_keeps_nothing_or_its_log_where_another_try_may_help(manager):
    job_id, folder = with_files(manager)
    assert manager.mark_failed(job_id, "The disk is full.", keep_input=True)
    assert [path.name for path in folder.iterdir()] == ["input"]
    assert manager.get_job(job_id).can_retry
    job_id, folder = with_files(manager)
    assert manager.mark_failed(job_id, "This is no log.")
    assert not folder.exists()
    assert not manager.get_job(job_id).can_retry


def test_only_the_first_end_of_a_job_counts(manager, tmp_path):
    job_id = manager.create_job()
    assert manager.mark_failed(job_id, "first")
    assert not manager.mark_completed(job_id, tmp_path / "a.zip")
    assert not manager.mark_failed(job_id, "second")


def test_of_an_expired_job_nothing_is_known_but_that_it_was(manager):
    job_id, folder = with_files(manager)
    said = Options(pseudonym_key="key", group=("Maria's tutorial",), from_="2021-10-18", language="es", title="Mine")
    manager.describe(job_id, title="course.csv", options=said, new_key="key", first_day="2021-10-18", learners=3)
    (folder / "summary.json").write_text("Maria did it all")
    manager.mark_completed(job_id, folder / "results.zip")
    manager.cleanup_job(job_id)
    job = manager.get_job(job_id)
    assert (job.status, job.title, job.new_key, job.first_day, job.learners) == ("completed", "", "", "", 0)
    assert job.options == Options(language="es")
    assert not folder.exists()


def test_it_does_nothing_for_a_job_that_is_gone(manager, tmp_path):
    job_id = manager.create_job()
    manager.forget(job_id)
    manager.update_progress(job_id, 10)
    manager.mark_completed(job_id, tmp_path / "a.zip")
    manager.mark_failed(job_id, "late")
    manager.cleanup_job(job_id)
    manager.forget(job_id)
    assert manager.get_job(job_id) is None


def test_it_lists_the_jobs_of_one_owner_newest_first(manager):
    ids = [manager.create_job(owner=owner) for owner in ("ana", "bo", "ana")]
    assert [job.job_id for job in manager.list_jobs("ana")] == [ids[2], ids[0]]
    assert len(manager.list_jobs()) == 3


def test_every_operation_is_logged_under_the_job_id_without_its_data(manager, caplog, tmp_path):
    with caplog.at_level(logging.INFO, "moodlelogsmart"):
        job_id = manager.create_job(owner="ana-secret")
        manager.set_input_file(job_id, tmp_path / "Maria Silva.csv")
        manager.describe(job_id, title="Maria Silva.csv", options=Options())
        manager.set_stage(job_id, "read")
        manager.update_progress(job_id, 10)
        manager.mark_failed(job_id, "Maria Silva is wrong")
        manager.update_progress(job_id, 20)
        manager.cleanup_job(job_id)
        manager.forget(job_id)
    assert len(caplog.records) >= 9
    assert {record.job for record in caplog.records} == {job_id}
    assert not any("Maria" in str(vars(record)) or "secret" in str(vars(record)) for record in caplog.records)


def test_there_is_one_manager():
    mine = JobManager()
    install_job_manager(mine)
    assert get_job_manager() is get_job_manager() is mine


class Hammer(threading.Thread):
    """So many random operations on the same jobs; notes what it saw that must not be."""

    def __init__(self, manager, operations, ids, folder, seed):
        super().__init__()
        self.manager, self.ids, self.folder, self.seed = manager, ids, folder, seed
        self.operations = operations
        self.torn = []
        self.last = {}
        self.ends = {}

    def run(self):
        dice = random.Random(self.seed)
        for _ in range(self.operations):
            job_id, act = dice.choice(self.ids), dice.randrange(1000)
            if act < 400:
                self.manager.update_progress(job_id, dice.randrange(-20, 120))
            elif act < 450:
                self.manager.set_stage(job_id, "read")
            elif act == 451:
                self.manager.mark_completed(job_id, self.folder / f"{self.seed}.zip")
            elif act == 452:
                self.manager.mark_failed(job_id, f"failed by {self.seed}")
            elif act < 460:
                self.manager.forget(self.manager.create_job(owner="passing"))
            else:
                self.look(self.manager.get_job(job_id))

    def look(self, job):
        before = self.last.get(job.job_id, job)
        self.last[job.job_id] = job
        wrong = {
            "progress fell": job.progress < before.progress,
            "half finished": (job.status == "processing") != (job.completed_at is None),
            "half completed": job.status == "completed" and (job.progress, job.error) != (100, None),
            "changed after its end": before.is_finished and job != before,
        }
        self.torn.extend(name for name, seen in wrong.items() if seen)
        if job.is_finished:
            self.ends[job.job_id] = repr(job)


def test_it_holds_under_eight_threads_of_thousands_of_operations(manager, tmp_path, caplog):
    caplog.set_level(logging.WARNING, "moodlelogsmart")
    ids = [manager.create_job(owner="all") for _ in range(20)]
    # Redis is asked for each of them.
    operations = 2_000 if isinstance(manager.keeper, RedisKeeper) else 10_000
    threads = [Hammer(manager, operations, ids, tmp_path, seed) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [thread.torn for thread in threads] == [[]] * 8
    ends = {(job_id, end) for thread in threads for job_id, end in thread.ends.items()}
    assert len(ends) == len({job_id for job_id, _ in ends}) > 0  # all threads saw the same end of a job
    assert sorted(job.job_id for job in manager.list_jobs()) == sorted(ids)


def test_a_manager_without_a_folder_does_all_that_needs_none(tmp_path):
    manager, log = JobManager(), tmp_path / "log.csv"
    log.touch()
    done, failed, gone = (manager.create_job(owner="a") for _ in range(3))
    manager.set_input_file(done, log)
    manager.set_stage(done, "read")
    manager.update_progress(done, 50)
    assert manager.mark_completed(done, tmp_path / "results.zip")
    assert manager.mark_failed(failed, "no")
    manager.cleanup_job(done)
    manager.forget(gone)
    assert {job.job_id: job.status for job in manager.list_jobs("a")} == {done: "completed", failed: "failed"}
    assert not log.exists()


def test_an_owner_keeps_the_newest_jobs_alone(manager, monkeypatch):
    monkeypatch.setattr("moodlelogsmart.jobs.manager.KEPT_JOBS", 2)
    other = manager.create_job(owner="b")
    manager.mark_failed(other, "no")
    mine = [manager.create_job(owner="a") for _ in range(3)]
    for job_id in mine:
        manager.mark_failed(job_id, "no")
    assert [manager.get_job(job_id) is not None for job_id in [*mine, other]] == [False, True, True, True]
    assert manager.count_finished()["failed"] == 3
    assert manager.unfinished() == []


def test_the_oldest_results_of_an_owner_expire_where_they_take_too_much(manager, monkeypatch):
    monkeypatch.setattr("moodlelogsmart.jobs.manager.KEPT_BYTES", 5)
    kept = []
    for text in ("old", "new"):
        job_id, folder = with_files(manager, owner="a")
        (folder / "results.zip").write_text(text)
        manager.mark_completed(job_id, folder / "results.zip")
        kept.append(manager.get_job(job_id).output_file is not None)
    assert kept == [True, True]
    assert [job.output_file is None for job in manager.list_jobs()] == [False, True]


def test_a_job_is_completed_although_the_journal_cannot_take_what_makes_room_for_it(tmp_path, monkeypatch):
    monkeypatch.setattr("moodlelogsmart.jobs.manager.KEPT_BYTES", 5)
    journal = Journal(tmp_path / "journal.sqlite3", tmp_path)
    manager = JobManager(tmp_path, journal)
    first, second = [with_files(manager, owner="a") for _ in range(2)]
    for job_id, folder in (first, second):
        (folder / "results.zip").write_text("old")
        if job_id == second[0]:
            monkeypatch.setattr(journal, "compact", broken)
        assert manager.mark_completed(job_id, folder / "results.zip")
    assert [manager.get_job(job_id).output_file is None for job_id, _folder in (first, second)] == [True, False]
    manager.close()


def broken():
    raise JournalError("full")
