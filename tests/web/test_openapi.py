"""What /openapi.json says of the app is so."""

import json
import re

import pytest
import schemathesis
from conftest import log_text, viewed
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from jsonschema_rs import validator_for
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from moodlelogsmart.options import CHECK, FORM, entries
from moodlelogsmart.web.openapi import description

JSON = {"Accept": "application/json"}
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
# Pages for people alone, and what asks them before something is done.
PAGES = {
    "/", "/access", "/said", "/draft/delete", "/static/<path:filename>", "/jobs/<uuid:job_id>/cancel",
    "/jobs/<uuid:job_id>/delete", "/jobs/<uuid:job_id>/rerun", "/upload", "/demo", "/sample.csv",
    "/sample-participants.csv", "/sample-grades.csv",
}  # fmt: skip


def test_every_address_for_programs_is_in_it_and_no_other(app):
    real = set()
    for rule in app.url_map.iter_rules():
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            if not rule.rule.startswith("/admin") and not (
                rule.rule in PAGES and (method == "GET" or rule.rule in ("/access", "/demo", "/draft/delete"))
            ):
                real.add((re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower()))
    told = {
        (path, method) for path, known in description()["paths"].items() for method in known if method != "parameters"
    }
    assert told == real


def test_it_is_what_the_server_gives_and_openapi(client):
    answer = client.get("/openapi.json")
    assert answer.content_type == "application/json"
    assert answer.get_json() == json.loads(json.dumps(description()))
    schemathesis.openapi.from_dict(description()).validate()


def test_the_options_are_those_of_the_table():
    for path, door in (("/upload", FORM), ("/jobs/{job_id}/rerun", CHECK)):
        form = description()["paths"][path]["post"]["requestBody"]["content"]["multipart/form-data"]["schema"]
        known = {entry.name for entry in entries() if entry.doors and not {door, FORM}.isdisjoint(entry.doors)}
        assert set(form["properties"]) == known | {"file", "check", "keep_input"}


def test_every_answer_is_as_described(app, client, upload, done):
    """What may come of anything that the description allows, for a job of one's own and for any other."""
    job_id = done(log_text([viewed(user, name=f"Learner {user}") for user in range(4, 9)]))
    schema = schemathesis.openapi.from_wsgi("/openapi.json", app)
    operations = [result.ok() for result in schema.get_all_operations()]
    # What forgets the job comes last.
    operations.sort(key=lambda operation: (operation.path.endswith("delete"), operation.path))
    for operation in operations:
        hold_to_it(operation, job_id, client)
    assert client.get(f"/status/{job_id}", headers=JSON).status_code == 404


def hold_to_it(operation, job_id, client):
    @settings(
        max_examples=10, deadline=None, database=None, derandomize=True, phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(operation.as_strategy(generation_mode=GenerationMode.POSITIVE), st.sampled_from([True, False]))
    def hold(case, is_own):
        if is_own and "job_id" in case.path_parameters:
            case.path_parameters["job_id"] = job_id
        cookie = client.get_cookie("moodlelogsmart").value
        answer = case.call(headers=JSON | {"Accept-Encoding": "identity"}, cookies={"moodlelogsmart": cookie})
        case.validate_response(answer, checks=CHECKS)

    hold()


@pytest.mark.parametrize(
    ("path", "status"), [("/status/00000000-0000-0000-0000-000000000000", 404), ("/nowhere", 404), ("/upload", 400)]
)
def test_errors_are_problem_details_with_the_sentence_twice(client, path, status):
    answer = client.post(path, headers=JSON) if path == "/upload" else client.get(path, headers=JSON)
    told = answer.get_json()
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    assert validator_for(description()["components"]["schemas"]["Problem"]).is_valid(told)
    assert (told["type"], told["status"], told["detail"]) == ("about:blank", status, told["error"])
    assert told["title"] == {400: "Bad Request", 404: "Not Found"}[status]


def test_who_asks_for_problem_details_gets_them(client):
    answer = client.get("/nowhere", headers={"Accept": "application/problem+json"})
    assert answer.content_type == "application/problem+json"


def test_a_mistake_on_the_form_is_told_by_its_field(upload):
    told = upload(json=True, timezone="Mars/Olympus").get_json()
    assert set(told["fields"]) == {"timezone"}
    assert told["detail"] == told["fields"]["timezone"]
