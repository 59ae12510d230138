from moodlelogsmart.web.access import runner


def test_it_says_that_it_lives_and_how_full_it_is(app, client):
    with app.app_context():
        runner().manager.create_job(stage="read")
    assert client.get("/healthz").get_json() == {"status": "ok", "waiting": 0, "running": 1, "queue_limit": 100}


def test_it_gives_prometheus_the_jobs_by_state(client, done):
    done()
    answer = client.get("/metrics")
    assert answer.mimetype == "text/plain"
    assert 'moodlelogsmart_jobs{state="completed"} 1.0' in answer.get_data(as_text=True)


def test_neither_makes_a_cookie(client):
    assert all("Set-Cookie" not in client.get(address).headers for address in ("/healthz", "/metrics"))
