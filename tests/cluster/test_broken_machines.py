"""Whatever breaks of several machines, no job is lost and none is done twice."""

import os
import re
import signal
import time

import pytest
import requests
from conftest import until
from machines import Installation
from working import HURT_STAGES, command, hurting_log

ADMIN = "an-admin-token-of-tests"
TAKEN_UP = 3.0  # seconds within which a job of a worker that is gone goes on elsewhere (PROMISES)


@pytest.fixture(scope="module")
def machines(tmp_path_factory):
    installation = Installation(
        tmp_path_factory.mktemp("machines"), webs=2, workers=3, MOODLELOGSMART_ADMIN_TOKEN=ADMIN
    )
    yield installation
    installation.close()


@pytest.fixture(autouse=True)
def paused(machines):
    """Jobs pause where their log says so until the test lets them go; what it kills is replaced afterwards."""
    (machines.folder / "go").unlink(missing_ok=True)
    yield
    machines.go()
    for job in machines.jobs.unfinished():
        machines.finished(job.job_id)
    for one in [worker for worker in machines.workers if worker.process.poll() is not None]:
        machines.workers.remove(one)
        machines.start_worker().ready()


def taken_from(machines, job_id, run):
    """Wait until a job is another run's."""
    until(lambda: machines.jobs.get_job(job_id).run not in ("", run))


@pytest.mark.parametrize("stage", HURT_STAGES)
def test_the_job_of_a_worker_that_is_killed_goes_on_elsewhere(machines, stage):
    job_id = machines.hand_in(hurting_log(stage, "pause"))
    run = machines.comes_to(job_id, stage).run
    worker = machines.worker_of(job_id)
    own = until(lambda: machines.at_work(worker))
    begun = time.monotonic()
    worker.kill()
    taken_from(machines, job_id, run)
    assert time.monotonic() - begun < TAKEN_UP * 3  # on however loaded a machine; measured in docs/reliability.md
    machines.go()
    job = machines.finished(job_id)
    assert (job.status, job.attempts) == ("completed", 2)
    assert not [one for one in own if command(one)]
    names = {name.rpartition("/")[2] for name in machines.stored(job_id) if "/input/" not in name}
    assert names == {"results.zip", "summary.json", "people.sqlite"}


def test_a_job_whose_process_is_killed_is_tried_again_by_its_worker(machines):
    job_id = machines.hand_in(hurting_log("clean", "pause"))
    run = machines.comes_to(job_id, "clean").run
    worker = machines.worker_of(job_id)
    os.kill(until(lambda: machines.at_work(worker))[0], signal.SIGKILL)
    until(lambda: machines.jobs.get_job(job_id).attempts == 2)
    machines.go()
    done = machines.finished(job_id)
    assert (done.status, done.run) == ("completed", run)


def test_a_job_does_not_miss_the_web_server_that_took_it(machines):
    browser = requests.Session()
    web = machines.start_web().ready()
    job_id = machines.hand_in(hurting_log("clean", "pause"), browser, web=-1)
    machines.comes_to(job_id, "clean")
    web.kill()
    machines.webs.remove(web)
    machines.go()
    assert machines.finished(job_id).attempts == 1
    assert "/download/" in browser.get(f"{machines.webs[0].url}/status/{job_id}").text


def test_a_worker_that_was_only_asleep_changes_nothing_any_more(machines):
    job_id = machines.hand_in(hurting_log("export", "pause"))
    run = machines.comes_to(job_id, "export").run
    asleep = machines.worker_of(job_id)
    asleep.process.send_signal(signal.SIGSTOP)
    taken_from(machines, job_id, run)
    machines.go()
    done = machines.finished(job_id)
    stored = machines.stored(job_id)
    before = done.output_file
    asleep.process.send_signal(signal.SIGCONT)
    until(lambda: not machines.at_work(asleep))
    # It works on, with another job, and of the first nothing is left of its own.
    until(lambda: not any(run in name for name in machines.stored(job_id)))
    after = machines.jobs.get_job(job_id)
    assert (after, after.output_file) == (done, before)
    assert machines.stored(job_id) == stored
    assert asleep.process.poll() is None


def test_a_cancel_ends_it_wherever_it_runs(machines):
    browser = requests.Session()
    job_id = machines.hand_in(hurting_log("classify", "database"), browser, web=0)
    machines.comes_to(job_id, "classify")
    worker = machines.worker_of(job_id)
    assert machines.at_work(worker)
    other = machines.webs[1]
    answer = browser.post(f"{other.url}/jobs/{job_id}/cancel", cookies=browser.cookies, allow_redirects=False)
    assert answer.status_code == 303
    assert "Cancelled" in machines.jobs.get_job(job_id).error
    until(lambda: not machines.at_work(worker))
    until(lambda: machines.stored(job_id) == [])


def test_a_worker_that_is_to_end_gives_its_job_to_another(machines):
    job_id = machines.hand_in(hurting_log("clean", "pause"))
    run = machines.comes_to(job_id, "clean").run
    worker = machines.worker_of(job_id)
    worker.process.send_signal(signal.SIGTERM)
    time.sleep(1)  # a second signal says that it is to hurry
    worker.process.send_signal(signal.SIGTERM)
    taken_from(machines, job_id, run)
    machines.go()
    assert (machines.finished(job_id).status, machines.jobs.get_job(job_id).attempts) == ("completed", 1)
    worker.process.wait(timeout=60)


def test_redis_may_break_and_come_back(machines):
    browser = requests.Session()
    job_id = machines.hand_in(hurting_log("identify", "pause"), browser)
    run = machines.comes_to(job_id, "identify").run
    machines.redis.end()
    page = browser.get(f"{machines.webs[0].url}/status/{job_id}")
    assert page.status_code == 503
    assert "None of them is lost" in page.text
    assert page.headers["Refresh"]  # it comes back by itself
    machines.go()
    machines.redis.start()
    done = machines.finished(job_id)
    assert (done.status, done.run) == ("completed", run)
    assert browser.get(f"{machines.webs[0].url}/status/{job_id}").status_code == 200


def test_an_upload_of_a_web_server_that_is_killed_leaves_nothing(machines):
    web = machines.start_web().ready()
    before = {job.job_id for job in machines.jobs.list_jobs()}
    line = web.begin_upload()
    job_id = until(lambda: next(iter({job.job_id for job in machines.jobs.list_jobs()} - before), None))
    web.kill()
    machines.webs.remove(web)
    line.close()
    until(lambda: machines.jobs.get_job(job_id) is None)
    assert machines.stored(job_id) == []


def test_any_web_server_answers_for_every_job(machines):
    browser = requests.Session()
    job_id = machines.hand_in(hurting_log("none", "at_all"), browser, web=0)
    machines.finished(job_id)
    page = browser.get(f"{machines.webs[1].url}/status/{job_id}")
    assert page.status_code == 200
    assert "table" in page.text
    archive = browser.get(f"{machines.webs[1].url}/download/{job_id}")
    assert archive.content[:2] == b"PK"
    assert requests.get(f"{machines.webs[1].url}/status/{job_id}", timeout=60).status_code == 404


def test_a_refused_form_comes_back_on_any_web_server(machines):
    browser = requests.Session()
    first, other = (web.url for web in machines.webs[:2])
    log = ("log.csv", hurting_log("none", "at_all"))
    sent = browser.post(
        f"{first}/upload", files={"file": log, "roster": ("list.csv", "nothing\n")}, data={"title": "My own title"}
    )
    assert sent.status_code in (400, 415)
    page = browser.get(f"{other}/").text
    assert "My own title" in page
    kept = {name: re.search(f'name="{name}" value="([^"]+)"', page)[1] for name in ("draft", "kept")}
    again = browser.post(f"{other}/upload", data=kept | {"timezone": "UTC"}, allow_redirects=False)
    assert again.status_code == 303, again.text
    assert machines.finished(again.headers["Location"].rpartition("/")[2]).status == "completed"


def test_the_administrator_sees_the_machines(machines):
    page = requests.get(f"{machines.webs[0].url}/admin", auth=("", ADMIN)).text
    assert page.count("serves pages") == 2
    assert page.count("processes logs") == 3
    assert "0 of 1" in page
    figures = requests.get(f"{machines.webs[0].url}/metrics").text
    assert 'moodlelogsmart_processes{kind="worker"} 3.0' in figures
    assert "moodlelogsmart_workers 3.0" in figures


def test_wrong_tokens_are_counted_by_all_web_servers_together(machines):
    answers = [
        requests.get(f"{machines.webs[number % 2].url}/admin", auth=("", f"wrong-token-{number}")).status_code
        for number in range(12)
    ]
    assert answers == [401] * 10 + [429] * 2


@pytest.mark.parametrize(
    ("setting", "other", "told"),
    [
        ("SECRET_KEY", "t" * 32, "the same MOODLELOGSMART_SECRET_KEY"),
        ("UPLOAD_RATE", "7", "the same MOODLELOGSMART_UPLOAD_RATE"),
        ("QUEUE", "unix:///nowhere", "cannot be reached"),
        ("STORE", "/proc/store", "cannot be written"),
    ],
)
def test_a_machine_that_is_set_up_otherwise_does_not_start(machines, setting, other, told):
    web = machines.start_web(**{f"MOODLELOGSMART_{setting}": other})
    machines.webs.remove(web)
    assert told in web.last_words()
    assert web.process.returncode
