"""The pages of the quality suite: Data Docs that load nothing from elsewhere, and an index of the weeks."""

import re
import shutil
from collections.abc import Mapping, Sequence
from datetime import date
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pandas as pd

NAME = "index.html"
PAGES = Path("reports") / "quality"
STYLE = Path(__file__).with_name("style.css")
# Data Docs fetch style sheets, scripts, fonts and a logo from six hosts, and their footer advertises.
SCRIPT = re.compile(r"<script\b.*?</script\s*>", re.DOTALL | re.IGNORECASE)
FOOTER = re.compile(r"<footer\b.*?</footer\s*>", re.DOTALL | re.IGNORECASE)
LINK = re.compile(r"<(?:link|img)\b[^>]*>", re.DOTALL | re.IGNORECASE)
SHEET = re.compile(r"<style\b.*?</style\s*>", re.DOTALL | re.IGNORECASE)
HANDLER = re.compile(r"\son[a-z]+=(\"[^\"]*\"|'[^']*')", re.IGNORECASE)
HEAD = re.compile(r"<head>", re.IGNORECASE)
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def make_self_contained(folder: Path) -> None:
    """Rewrite the Data Docs below a folder so that they fetch nothing and run nothing.

    Scripts (sorting, filters), remote style sheets and images go; a style sheet of our own and a policy that
    allows nothing else come in. Values hold no tags (suite.py), so what is cut is the library's own markup.
    """
    shutil.rmtree(folder / "static", ignore_errors=True)
    style = STYLE.read_text(encoding="utf-8")
    head = f'<head><meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    for path in folder.rglob("*.html"):
        page = path.read_text(encoding="utf-8")
        for pattern in (SCRIPT, FOOTER, LINK, SHEET, HANDLER):
            page = pattern.sub("", page)
        page = HEAD.sub(lambda _: f"{head}<style>{style}</style>", page, count=1)
        path.write_text(page, encoding="utf-8")


def write_week(folder: Path, week: date, results: pd.DataFrame) -> Path:
    """Write a week's `index.html` over the one of the Data Docs, whose tables only a script could fill."""
    rows = [
        _row(
            "" if row["passed"] else "failed",
            [_passed(row["passed"]), _linked(folder, row), row["expectation"], row["rows_checked"],
             row["unexpected"], "" if row["passed"] else row["examples"]],
        )
        for row in results.sort_values("passed", kind="stable").to_dict("records")
    ]  # fmt: skip
    head = ("", "Expectation", "Checked by", "Rows", "Unexpected", "Examples")
    back = f'<p><a href="../{NAME}">All weeks</a></p>'
    return _write(folder / NAME, f"Data quality, week of {week}", back + _table(head, rows))


def write_index(folder: Path, results: pd.DataFrame) -> Path:
    """Write `index.html` of all weeks from rows of QUALITY_RESULTS, newest first, and return its path."""
    rows = []
    for week, week_results in sorted(results.groupby("week"), reverse=True):
        day = f"{week:%Y-%m-%d}"
        failed = week_results.loc[~week_results["passed"].astype(bool), "name"].tolist()
        name = _Html(f'<a href="{day}/{NAME}">{day}</a>') if (folder / day / NAME).is_file() else day
        rows.append(
            _row(
                "failed" if failed else "",
                [name, len(week_results), len(failed), "; ".join(failed) or "none"],
            )
        )
    head = ("Week of", "Expectations", "Failed", "Which")
    back = f'<p><a href="../{NAME}">Behavior report</a></p>'
    return _write(folder / NAME, "Data quality", back + _table(head, rows))


def replace_folder(fresh: Path, folder: Path) -> None:
    """Put a folder in the place of another one."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh.replace(folder)


class _Html(str):
    """What is markup already."""

    __slots__ = ()


def _passed(passed: bool) -> _Html:
    return _Html(f'<i class="{"fa-check-circle" if passed else "fa-times"}"></i>')


def _linked(folder: Path, row: Mapping[Any, Any]) -> str:
    page = next((folder / "validations" / row["frame"]).rglob("*.html"), None)
    if page is None:
        return str(row["name"])
    return _Html(f'<a href="{quote(page.relative_to(folder).as_posix())}">{escape(row["name"])}</a>')


def _table(head: Sequence[str], rows: Sequence[str]) -> str:
    titles = "".join(f"<th>{escape(title)}</th>" for title in head)
    return f"<table><thead><tr>{titles}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _row(kind: str, cells: Sequence[object]) -> str:
    shown = "".join(f"<td>{cell if isinstance(cell, _Html) else escape(str(cell))}</td>" for cell in cells)
    return f'<tr class="{kind}">{shown}</tr>' if kind else f"<tr>{shown}</tr>"


def _write(path: Path, title: str, body: str) -> Path:
    page = (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE.read_text(encoding='utf-8')}</style></head>"
        f"<body><h1>{escape(title)}</h1>{body}</body></html>\n"
    )
    draft = path.with_name(f".{path.name}.{uuid4().hex}")
    draft.write_text(page, encoding="utf-8")
    draft.replace(path)
    return path
