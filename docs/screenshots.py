"""Take the pictures of docs/ anew from the running app and the invented course of the tests, and those of the start
page from the report of the sample: make screenshots."""

import io
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.sync_api import Page, sync_playwright

DOCS = Path(__file__).parent
STATIC = DOCS.parent / "static"
sys.path += [str(DOCS.parent), str(DOCS.parent / "tests")]

from browsing import QUIET  # noqa: E402
from known import make_course  # noqa: E402
from serving import Server  # noqa: E402

from moodlelogsmart.options import Options  # noqa: E402
from moodlelogsmart.pipeline import process  # noqa: E402
from moodlelogsmart.report.words import LANGUAGES  # noqa: E402
from moodlelogsmart.sample.files import sample  # noqa: E402

# Of each picture the width and height of the screen, where the page stands, and by how much it is made smaller.
PICTURES = {
    "results.png": (1000, 1900, "", 1.28),
    "order.png": (1000, 950, "#map", 1.28),
    "phone.png": (390, 1500, "", 1.0),
    "learner.png": (1000, 1500, "/learners/2", 1.28),
}
# Width and height of the picture of the start page, in pixels of the report, and by how much it is made larger.
BEGINNING, LARGER = (500, 175), 2


def take_pictures(url: str, folder: Path) -> None:
    """Hand in the log with its lists as a person does, and write the pictures of what comes."""
    course = make_course(1)
    for name, text in (("log", course.log()), ("people", course.participants()), ("grades", course.gradebook())):
        (folder / f"{name}.csv").write_text(text)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=QUIET)
        context = browser.new_context(locale="en-GB", viewport={"width": 1000, "height": 1900})
        page = context.new_page()
        page.goto(url)
        page.set_input_files("input[name=file]", folder / "log.csv")
        page.select_option("select[name=timezone]", "America/Sao_Paulo")
        page.locator("summary", has_text="Participants, grades, groups").click()
        page.set_input_files("input[name=roster]", folder / "people.csv")
        page.set_input_files("input[name=grades]", folder / "grades.csv")
        page.get_by_role("button", name="Make the report").click()
        page.get_by_role("heading", name="In short").wait_for(timeout=60_000)
        here = page.url
        for name, (width, height, place, smaller) in PICTURES.items():
            page.set_viewport_size({"width": width, "height": height})
            page.goto(here + place)
            _write(page, DOCS / name, smaller)
        browser.close()


def take_beginnings(folder: Path) -> None:
    """Write pictures of what the report of the sample finds, in each language, light and dark."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=QUIET)
        for language in LANGUAGES:
            (folder / language).mkdir()
            made = sample(folder, language)
            options = Options(roster=made.participants, grades=made.grades, timezone=made.timezone, language=language)
            process(made.log, options, folder / language)
            for scheme in ("light", "dark"):
                size = {"width": BEGINNING[0], "height": 900}
                page = browser.new_page(viewport=size, color_scheme=scheme, device_scale_factor=LARGER)
                page.goto((folder / language / "report.html").as_uri())
                page.locator("#figures").evaluate("one => scrollTo(0, one.offsetTop - 12)")
                image = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
                image = image.crop((0, 0, BEGINNING[0] * LARGER, BEGINNING[1] * LARGER))
                image.quantize(16).save(STATIC / f"report-{language}-{scheme}.png", optimize=True)
        browser.close()


def _write(page: Page, path: Path, smaller: float) -> None:
    image = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    image = image.resize((round(image.width / smaller), round(image.height / smaller)), Image.Resampling.LANCZOS)
    image.quantize(64).save(path, optimize=True)


if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        server = Server(Path(folder) / "instance").ready()
        try:
            take_pictures(server.url, Path(folder))
            take_beginnings(Path(folder))
        finally:
            server.end()
