"""What a browser is sent: small, and what never changes only once."""

import gzip
import re

import pytest
from conftest import finish, log_text, viewed
from serving import ROOT

STYLE = (ROOT / "static" / "style.css").read_bytes()
PACKED = {"Accept-Encoding": "gzip, deflate, br"}


def style_of(client):
    (address,) = re.findall('rel="stylesheet" href="([^"]+)"', client.get("/").text)
    return address


def test_the_style_is_kept_for_a_year_and_its_address_tells_its_content(client):
    address = style_of(client)
    assert re.fullmatch(r"/static/style\.css\?v=[0-9a-f]{12}", address)
    answer = client.get(address)
    assert answer.data == STYLE
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"


def test_what_is_asked_for_without_its_content_is_asked_for_again(client):
    assert "max-age" not in client.get("/static/style.css").headers["Cache-Control"]


def test_a_page_and_the_style_are_sent_packed(client):
    whole = client.get("/").data
    for address, content in {"/": whole, style_of(client): STYLE}.items():
        answer = client.get(address, headers=PACKED)
        assert (answer.headers["Content-Encoding"], answer.headers["Vary"].count("Accept-Encoding")) == ("gzip", 1)
        assert gzip.decompress(answer.data) == content
        assert len(answer.data) < len(content) / 2
        assert int(answer.headers["Content-Length"]) == len(answer.data)


def test_the_report_is_sent_packed_and_its_files_as_they_are(client, done):
    job_id = done(log_text([viewed(4)]))
    assert client.get(f"/status/{job_id}", headers=PACKED).headers["Content-Encoding"] == "gzip"
    for name in ("report.html", "manifest.json", "enriched_log.csv"):
        assert "Content-Encoding" not in client.get(f"/download/{job_id}/{name}", headers=PACKED).headers


@pytest.mark.parametrize("refused", [{}, {"Accept-Encoding": "gzip;q=0"}, {"Accept-Encoding": "br"}])
def test_who_does_not_take_it_packed_gets_it_as_it_is(client, refused):
    answer = client.get("/", headers=refused)
    assert "Content-Encoding" not in answer.headers
    assert answer.text.startswith("<!doctype html>")


def test_a_page_with_words_of_who_asks_is_not_packed(client, upload):
    """Else its length would tell who watches the connection what else is in it."""
    job_id = upload(json=True).get_json()["job_id"]
    finish(client, job_id)
    answers = [
        client.get(f"/status/{job_id}?sort=name", headers=PACKED),
        client.post("/upload", data={"session_gap": "guess"}, headers=PACKED),
        client.post(f"/jobs/{job_id}/rerun", data={"who": "guess", "find": "1"}, headers=PACKED),
    ]
    assert [len(answer.data) > 1000 for answer in answers] == [True] * 3
    assert not [answer for answer in answers if "Content-Encoding" in answer.headers]


def test_what_is_unchanged_is_not_sent_again(client):
    address = style_of(client)
    tag = client.get(address, headers=PACKED).headers["ETag"]
    assert client.get(address, headers=PACKED | {"If-None-Match": tag}).status_code == 304
