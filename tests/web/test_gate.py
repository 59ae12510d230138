"""Installations that are not open to all, and what a proxy is believed."""

import base64
import io
from typing import ClassVar

import pytest
from conftest import finish, log_text, viewed

from app import create_app
from moodlelogsmart.config import SettingError, Settings
from moodlelogsmart.web.access import runner

JSON = {"Accept": "application/json"}
ANA, BO, ADMIN = "ana-" + "a" * 20, "bo-" + "b" * 20, "admin-" + "c" * 20


@pytest.fixture
def serve(settings):
    apps = []

    def serve(**more):
        apps.append(create_app(Settings(**settings | more)))
        return apps[-1]

    yield serve
    for app in apps:
        with app.app_context():
            runner().close()


def bearer(token):
    return {"Authorization": f"Bearer {token}", **JSON}


def send(client, headers=None):
    log = io.BytesIO(log_text([viewed(4)]).encode())
    return client.post("/upload", data={"file": (log, "log.csv")}, headers=headers or JSON)


class TestTokens:
    @pytest.fixture
    def app(self, serve):
        return serve(access_tokens=f"{ANA} {BO}")

    @pytest.mark.parametrize("address", ["/", "/status/00000000-0000-4000-8000-000000000000", "/rules/bloom.yaml"])
    def test_nobody_enters_without_one(self, client, address):
        answer = client.get(address)
        assert answer.status_code == 401
        assert 'name="token"' in answer.get_data(as_text=True)
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert client.get(address, headers=JSON).get_json()["error"] == "This server is not open to all."
        assert send(client).status_code == 401

    def test_monitoring_and_the_stylesheet_need_none(self, client):
        assert {client.get(address).status_code for address in ("/healthz", "/metrics", "/static/style.css")} == {200}

    def test_a_browser_is_asked_once(self, client):
        answer = client.post("/access", data={"token": f" {ANA} "})
        assert (answer.status_code, answer.location) == (303, "/")
        job_id = send(client).get_json()["job_id"]
        assert finish(client, job_id)["status"] == "completed"

    def test_a_wrong_one_is_told(self, client):
        answer = client.post("/access", data={"token": "guess"})
        assert answer.status_code == 401
        assert "not an access code" in answer.get_data(as_text=True)
        assert client.get("/").status_code == 401

    def test_guessing_is_soon_over(self, client):
        answers = [client.post("/access", data={"token": f"guess {number}"}).status_code for number in range(12)]
        assert answers == [401] * 10 + [429] * 2
        # Who has a right one is not locked out by others of the same network.
        assert client.post("/access", data={"token": ANA}).status_code == 303

    def test_guessing_by_a_program_is_soon_over_and_logged_without_the_token(self, client, caplog):
        tokens = [f"wrong-token-number-{number}" for number in range(12)]
        answers = [client.get("/", headers=bearer(token)) for token in tokens]
        assert [answer.status_code for answer in answers] == [401] * 10 + [429] * 2
        assert int(answers[-1].headers["Retry-After"]) > 0
        assert answers[-1].get_json()["error"]
        assert client.get("/", headers=bearer(ANA)).status_code == 200
        assert [record.message for record in caplog.records].count("wrong token") == 12
        assert "number-3" not in str([vars(record) for record in caplog.records])

    def test_an_old_program_with_the_same_wrong_token_locks_nobody_out(self, client):
        assert {client.get("/", headers=bearer("x" * 30)).status_code for _ in range(30)} == {401}
        assert client.post("/access", data={"token": "a guess"}).status_code == 401

    def test_guesses_from_one_home_count_together(self, client):
        at = [{"REMOTE_ADDR": f"2001:db8:0:1::{number}"} for number in range(11)]
        answers = [client.get("/", headers=bearer(f"{n:030}"), environ_base=at[n]).status_code for n in range(11)]
        assert answers == [401] * 10 + [429]
        neighbour = {"REMOTE_ADDR": "2001:db8:0:2::1"}
        assert client.get("/", headers=bearer("x" * 30), environ_base=neighbour).status_code == 401

    def test_who_types_a_token_has_nothing_of_whose_cookie_it_was(self, app):
        one, other = app.test_client(), app.test_client()
        one.post("/access", data={"token": ANA})
        job_id = send(one).get_json()["job_id"]
        other.set_cookie("moodlelogsmart", one.get_cookie("moodlelogsmart").value)
        other.post("/access", data={"token": BO})
        assert other.get(f"/status/{job_id}").status_code == 404
        assert send(other).get_json()["job_id"] not in one.get("/").get_data(as_text=True)

    def test_two_browsers_with_one_token_do_not_see_each_others_jobs(self, app):
        one, other = app.test_client(), app.test_client()
        for browser in (one, other):
            browser.post("/access", data={"token": ANA})
        job_id = send(one).get_json()["job_id"]
        assert other.get(f"/status/{job_id}").status_code == 404

    def test_a_program_sends_it_and_owns_its_jobs_by_it(self, app):
        job_id = send(app.test_client(), bearer(ANA)).get_json()["job_id"]
        another = app.test_client()  # no cookie
        assert another.get(f"/status/{job_id}", headers=bearer(ANA)).status_code == 200
        assert another.get(f"/status/{job_id}", headers=bearer(BO)).status_code == 404
        assert another.get(f"/status/{job_id}", headers=bearer("x" * 30)).status_code == 401

    def test_a_token_that_is_taken_back_opens_nothing(self, app, settings, client, serve):
        client.post("/access", data={"token": ANA})
        cookie = client.get_cookie("moodlelogsmart").value
        later = serve(access_tokens=BO).test_client()
        later.set_cookie("moodlelogsmart", cookie)
        assert later.get("/").status_code == 401

    def test_another_sites_form_does_not_enter(self, client):
        answer = client.post("/access", data={"token": ANA}, headers={"Sec-Fetch-Site": "cross-site"})
        assert answer.status_code == 403


class TestUserHeader:
    @pytest.fixture
    def app(self, serve):
        return serve(user_header="X-Remote-User", proxies=1)

    def test_who_is_not_signed_in_is_told_so(self, client):
        answer = client.get("/")
        assert answer.status_code == 403
        assert "Please sign in first" in answer.get_data(as_text=True)

    def test_a_job_is_the_users_in_every_browser(self, app):
        ana, bo = {"X-Remote-User": "ana@x.edu", **JSON}, {"X-Remote-User": "bo@x.edu", **JSON}
        job_id = send(app.test_client(), ana).get_json()["job_id"]
        assert app.test_client().get(f"/status/{job_id}", headers=ana).status_code == 200
        assert app.test_client().get(f"/status/{job_id}", headers=bo).status_code == 404
        assert b"title" not in app.test_client().get("/", headers=bo).data.partition(b"Your jobs")[2]

    def test_no_job_names_the_user(self, app):
        send(app.test_client(), {"X-Remote-User": "ana@x.edu", **JSON})
        with app.app_context():
            assert "ana@x.edu" not in repr(runner().manager.list_jobs())

    def test_it_is_refused_without_a_proxy_that_sets_it(self):
        with pytest.raises(SettingError, match="USER_HEADER needs MOODLELOGSMART_PROXIES"):
            Settings(user_header="X-Remote-User")


class TestAdmin:
    @pytest.fixture
    def app(self, serve):
        return serve(admin_token=ADMIN)

    @staticmethod
    def basic(token):
        return {"Authorization": "Basic " + base64.b64encode(f"admin:{token}".encode()).decode()}

    def test_there_is_none_without_a_token_in_the_settings(self, serve):
        assert serve().test_client().get("/admin").status_code == 404

    def test_it_asks_for_the_token(self, client):
        assert client.get("/admin").headers["WWW-Authenticate"].startswith("Basic")
        assert client.get("/admin").status_code == 401
        assert client.get("/admin", headers=self.basic("wrong")).status_code == 401
        assert client.get("/admin", headers=self.basic(ADMIN)).status_code == 200
        assert client.get("/admin", headers={"Authorization": f"Bearer {ADMIN}"}).status_code == 200

    def test_guessing_is_soon_over(self, client):
        answers = [client.get("/admin", headers=self.basic(f"no {number}")).status_code for number in range(12)]
        assert answers == [401] * 10 + [429] * 2

    def test_it_shows_jobs_by_number_and_nothing_of_anybody(self, app, client):
        client.get("/")
        job_id = client.post(
            "/upload", data={"file": (io.BytesIO(log_text([viewed(4)]).encode()), "Maria Silva.csv")}, headers=JSON
        ).get_json()["job_id"]
        finish(client, job_id)
        page = app.test_client().get("/admin", headers=self.basic(ADMIN)).get_data(as_text=True)
        assert job_id in page
        assert "ready" in page
        assert "Maria" not in page
        with app.app_context():
            assert runner().manager.get_job(job_id).owner not in page

    def test_the_operator_deletes_a_job(self, app, client):
        job_id = send(client).get_json()["job_id"]
        operator = app.test_client()
        assert operator.post(f"/admin/jobs/{job_id}/delete").status_code == 401
        assert operator.post(f"/admin/jobs/{job_id}/delete", headers=self.basic(ADMIN)).status_code == 303
        assert client.get(f"/status/{job_id}").status_code == 404

    def test_another_sites_form_does_nothing_in_the_operators_name(self, app, client):
        job_id = send(client).get_json()["job_id"]
        foreign = self.basic(ADMIN) | {"Sec-Fetch-Site": "cross-site"}
        assert app.test_client().post(f"/admin/jobs/{job_id}/delete", headers=foreign).status_code == 403
        assert client.get(f"/status/{job_id}").status_code == 200


@pytest.mark.parametrize("name", ["access_tokens", "admin_token"])
def test_a_token_that_can_be_guessed_is_refused(name):
    with pytest.raises(SettingError, match="16 characters or more"):
        Settings(**{name: f"short {ANA}"})


class TestProxy:
    TLS: ClassVar = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9", "X-Forwarded-Host": "logs.x.edu"}

    def cookie(self, app, headers=None):
        log = io.BytesIO(log_text([viewed(4)]).encode())
        answer = app.test_client().post("/upload", data={"file": (log, "log.csv")}, headers=headers)
        return answer, answer.headers["Set-Cookie"]

    def test_behind_tls_the_cookie_is_secure_and_the_browser_told_to_stay(self, serve):
        answer, cookie = self.cookie(serve(proxies=1), self.TLS)
        assert all(word in cookie for word in ("Secure", "HttpOnly", "SameSite=Lax"))
        assert "max-age=" in answer.headers["Strict-Transport-Security"]

    def test_behind_tls_no_other_site_can_set_the_cookie(self, serve):
        assert self.cookie(serve(proxies=1), self.TLS)[1].startswith("__Host-moodlelogsmart=")
        assert self.cookie(serve(proxies=1))[1].startswith("moodlelogsmart=")

    def test_a_cookie_of_before_tls_is_taken_and_becomes_one_of_tls(self, serve):
        app = serve(proxies=1)
        before = app.test_client()
        job_id = send(before).get_json()["job_id"]
        old = before.get_cookie("moodlelogsmart").value
        browser = app.test_client(use_cookies=False)
        answer = browser.get(f"/status/{job_id}", headers={**self.TLS, "Cookie": f"moodlelogsmart={old}"})
        assert answer.status_code == 200
        new = answer.headers["Set-Cookie"].partition(";")[0]
        assert new.startswith("__Host-moodlelogsmart=")
        again = browser.get(f"/status/{job_id}", headers={**self.TLS, "Cookie": new})
        assert again.status_code == 200
        forged = {**self.TLS, "Cookie": f"moodlelogsmart={old[:-3]}xyz"}
        assert browser.get(f"/status/{job_id}", headers=forged).status_code == 404

    def test_without_a_proxy_in_the_settings_nobody_is_believed(self, serve):
        answer, cookie = self.cookie(serve(), self.TLS)
        assert "Secure" not in cookie
        assert all(word in cookie for word in ("HttpOnly", "SameSite=Lax"))
        assert "Strict-Transport-Security" not in answer.headers

    def test_a_redirect_never_leads_to_another_host(self, serve):
        for app in (serve(), serve(proxies=1)):
            answer, _ = self.cookie(app, {"Host": "evil.example", "X-Forwarded-Host": "evil.example"})
            assert answer.location.startswith("/status/")

    def test_the_rate_is_that_of_the_client_behind_the_proxy(self, serve):
        app = serve(proxies=1, upload_rate=1)
        one, other = self.TLS, self.TLS | {"X-Forwarded-For": "203.0.113.10"}
        assert [self.cookie(app, headers)[0].status_code for headers in (one, other)] == [303, 303]
