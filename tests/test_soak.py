"""The short form of "make soak"."""

import pytest
import soak


@pytest.mark.parametrize("victim", soak.VICTIMS)
def test_no_job_is_lost_or_torn_by_kills_and_no_process_left(tmp_path, victim):
    kills = soak.kill(tmp_path, 20_000, 2, victim)
    assert (kills.lost, kills.torn) == ([], [])
    assert kills.completed == kills.accepted == 3


def test_a_crowd_is_served_or_asked_to_come_back(tmp_path):
    found = soak.crowd(tmp_path, 40, MOODLELOGSMART_UPLOAD_RATE="12", MOODLELOGSMART_QUEUE_LIMIT="6")
    assert sum(found["answers"].values()) == 40
    assert set(found["answers"]) <= {202, 429, 503}
    assert found["answers"][429] >= 28
    assert found["ends"] == {"completed": found["answers"][202]}


def test_pages_answer_while_two_jobs_run(tmp_path):
    assert len(soak.look(tmp_path, 30_000)) > 10


def test_a_cancelled_job_is_gone_and_its_worker_free(tmp_path):
    assert len(soak.cancel(tmp_path, 60_000, ["read", "export"])) > 0


def test_odd_requests_are_answered(tmp_path):
    answers = soak.bad_requests(tmp_path)
    assert [answer[:3] for answer in answers.values()] == [
        "400", "403", "413", "200", "200", "400", "405", "404", "404", "404", "409", "200", "200", "404",
    ]  # fmt: skip


def test_failed_jobs_hold_no_memory(tmp_path):
    before, after = soak.fail(tmp_path, 150_000, 3)
    assert after < before + 60
