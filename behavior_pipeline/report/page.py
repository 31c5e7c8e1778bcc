"""The report: one self-contained page of what moved, since when, because of what, and who owns it."""

from base64 import b64encode
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

from behavior_pipeline.lake.published import Published, open_published
from behavior_pipeline.report.data import Data, read
from behavior_pipeline.report.markup import Child, Markup, element
from behavior_pipeline.report.sections.agreement import agreement
from behavior_pipeline.report.sections.cost import cost
from behavior_pipeline.report.sections.coverage import coverage
from behavior_pipeline.report.sections.drift import drift
from behavior_pipeline.report.sections.latency import latency
from behavior_pipeline.report.sections.moved import moved
from behavior_pipeline.report.sections.scorecard import scorecard
from behavior_pipeline.report.words import count, day, missing

FOLDER, NAME = "reports", "index.html"
QUALITY = "quality/index.html"
STYLE = Path(__file__).with_name("style.css")
TITLE = "Behavior report"
# Anchor, its link in the navigation, and what makes the section, in the order of the page.
SECTIONS: tuple[tuple[str, str, Callable[[Data], Markup]], ...] = (
    ("moved", "What moved", moved),
    ("scorecard", "Scorecard", scorecard),
    ("drift", "Drift", drift),
    ("agreement", "Agreement", agreement),
    ("coverage", "Coverage", coverage),
    ("latency", "Latency", latency),
    ("cost", "Cost", cost),
)


def build_report(published: Published, *, quality_pages: str | None = None) -> str:
    """Return the page of a published copy: same copy, same bytes; nothing is fetched from elsewhere."""
    data = read(published, quality_pages=quality_pages)
    body = _empty() if data is None else _body(data)
    return f"<!doctype html>\n{element('html', _head(), element('body', body), lang='en')}\n"


def write_report(root: Path) -> Path:
    """Write `reports/index.html` under a data root from its published copy, and return its path.

    StorageError when nothing is published yet. Readers see the old page or the new one, never half of one.
    """
    path = root.expanduser().resolve() / FOLDER / NAME
    linked = QUALITY if (path.parent / QUALITY).is_file() else None
    with open_published(root) as published:
        page = build_report(published, quality_pages=linked)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{NAME}.{uuid4().hex}")
    draft.write_text(page, encoding="utf-8")
    draft.replace(path)
    return path


@cache
def _style() -> Markup:
    return Markup(STYLE.read_text(encoding="utf-8"))


def _head() -> Markup:
    """Return the head; its policy allows this style sheet alone, so that a slip in escaping runs nothing."""
    digest = b64encode(sha256(_style().encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", TITLE),
        element("style", _style()),
    )


def _body(data: Data) -> Child:
    return [
        element("a", "To what moved", href="#moved", class_="skip"),
        element("header", element("h1", TITLE), _span(data), _navigation()),
        element("main", [make(data) for _, _, make in SECTIONS]),
        element("footer", _footer(data)),
    ]


def _span(data: Data) -> Markup:
    traces = data.traces["traces"].sum()
    weeks = (data.week - data.first).days // 7 + 1
    shown = f"Week of {day(data.week)} to {day(data.last_day)} · {count(traces)} traces · {weeks} weeks shown"
    return element("p", shown, class_="span")


def _navigation() -> Markup:
    links = [element("a", title, href=f"#{anchor}") for anchor, title, _ in SECTIONS]
    return element("nav", links, aria_label="Sections")


def _footer(data: Data) -> Child:
    version, revision = (data.made_by.get(key) for key in ("package_version", "git_revision"))
    built = "" if missing(version) else f"Made by behavior-pipeline {version}"
    built += "" if missing(revision) else f" ({revision})"
    terms = (
        "Levels are Hajek means over the frame of a dimension, errors clustered by user, else conversation."
        " n_eff is the size of a simple sample that would be as precise. A gate lets a judge drive alerts"
        " once its agreement with people is shown."
    )
    return [
        element("p", terms),
        element("p", f"{built} from the published tables, which hold no text of users."),
    ]


def _empty() -> Child:
    text = "No week has a scorecard yet. Run a week: behavior-pipeline run --start DAY --end DAY."
    return element("main", element("h1", TITLE), element("p", text, class_="quiet"))
