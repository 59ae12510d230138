import re

from moodlelogsmart.web.access import runner


def test_it_says_that_it_lives_and_how_full_it_is(app, client):
    with app.app_context():
        runner().manager.create_job(stage="read")
    assert client.get("/healthz").get_json() == {"status": "ok", "waiting": 0, "running": 1, "queue_limit": 100}


def figure(client, name):
    text = client.get("/metrics").get_data(as_text=True)
    return float(re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)[1])


def test_it_gives_prometheus_what_it_counts(client, done):
    done()
    done("Time,Description\n")
    assert client.get("/metrics").mimetype == "text/plain"
    assert figure(client, 'moodlelogsmart_jobs{state="completed"}') == 1
    assert figure(client, 'moodlelogsmart_jobs_ended_total{how="failed"}') == 1
    assert figure(client, "moodlelogsmart_events_total") == 1
    assert figure(client, "moodlelogsmart_upload_bytes_total") > 100
    assert figure(client, 'moodlelogsmart_stage_seconds_count{stage="read"}') == 1
    assert figure(client, 'moodlelogsmart_stage_seconds_count{stage="save"}') == 1
    assert figure(client, "process_resident_memory_bytes") > 1e6


def test_neither_makes_a_cookie(client):
    assert all("Set-Cookie" not in client.get(address).headers for address in ("/healthz", "/metrics"))
