"""Who seems to be staff that looks at the site as a student is shown, and can be a learner of that name."""

import io
import zipfile

from conftest import finish, log_text, viewed
from lxml import html
from test_layouts import send

from moodlelogsmart.options import Options
from moodlelogsmart.pipeline import process

NAME = "Khalid as Sabah"
LOG = log_text([viewed(71, name=NAME), viewed(71, name=NAME), viewed(72, name="Sabah")])
ZONE = "America/Sao_Paulo"


def results(client, job_id):
    archive = zipfile.ZipFile(io.BytesIO(client.get(f"/download/{job_id}").data))
    return {name: archive.read(name) for name in archive.namelist()}


def box(page, name):
    (found,) = page.xpath(f'//input[@name="learners" and @value="{name}"]')
    return found


def test_ticked_on_the_check_page_they_count_as_by_command(client, done, tmp_path):
    job_id = done(LOG, timezone=ZONE)
    report = html.fromstring(client.get(f"/status/{job_id}").text)
    assert report.xpath('//section[@aria-labelledby="dropped"]//a/@href') == [f"/check/{job_id}#people"]
    page = html.fromstring(client.get(f"/check/{job_id}").text)
    ticked = box(page, NAME)
    assert not ticked.checked
    assert "signed in as somebody else" in ticked.getparent().getparent().getparent().text_content()
    ticked.checked = True
    again = finish(client, send(client, page.forms[0]).get_json()["job_id"])
    assert again["summary"]["dropped"] == {}
    (tmp_path / "log.csv").write_text(LOG)
    process(tmp_path / "log.csv", Options(timezone=ZONE, learners=(NAME,)), tmp_path / "out.zip")
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert results(client, again["job_id"]) == {name: archive.read(name) for name in archive.namelist()}


def test_on_a_site_of_codes_the_box_holds_a_code(client, done):
    job_id = done(LOG, timezone=ZONE, pseudonyms="site")
    page = html.fromstring(client.get(f"/check/{job_id}").text)
    (code,) = {one.get("value") for one in page.xpath('//input[@name="learners"]') if not one.checked}
    assert NAME not in page.text_content()
    box(page, code).checked = True
    assert finish(client, send(client, page.forms[0]).get_json()["job_id"])["summary"]["dropped"] == {}
