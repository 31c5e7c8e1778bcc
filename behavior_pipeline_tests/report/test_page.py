import re
from itertools import pairwise
from pathlib import Path

import pytest

from behavior_pipeline.errors import StorageError
from behavior_pipeline.lake.lake import Lake
from behavior_pipeline.lake.published import Published, open_published
from behavior_pipeline.report.page import STYLE, build_report, write_report
from behavior_pipeline.report.summary import summary
from behavior_pipeline.report.words import DASH
from behavior_pipeline_tests.report.conftest import HOSTILE
from behavior_pipeline_tests.report.html_page import Node, read_page


@pytest.fixture(scope="module")
def page(hostile_root: Path) -> Node:
    with open_published(hostile_root) as published:
        return read_page(build_report(published))


def cell(page: Node, dimension: str, label: str) -> Node:
    table = page.one("table", class_="scorecard")
    row = next(row for row in table.all("tr") if row.all("a", href=f"#drift-{dimension}"))
    return next(cell for cell in row.all("td") if cell.one("span", class_="label").text == label)


class TestSelfContained:
    def test_nothing_is_fetched_from_elsewhere(self, page: Node) -> None:
        for node in page.all():
            assert node.tag not in {"script", "link", "iframe", "img", "object", "embed", "base", "form"}
            assert "src" not in node.attributes
            assert node.attributes.get("href", "#").startswith("#")
        style = STYLE.read_text()
        assert "url(" not in style
        assert "@import" not in style

    def test_the_policy_admits_the_style_sheet_and_nothing_else(self, page: Node) -> None:
        policy = page.one("meta", **{"http-equiv": "Content-Security-Policy"}).attributes["content"]
        assert policy.startswith("default-src 'none'; style-src 'sha256-")
        assert not [node for node in page.all() if "style" in node.attributes]

    def test_every_link_leads_to_a_part_of_the_page(self, page: Node) -> None:
        anchors = {node.attributes["id"] for node in page.all() if "id" in node.attributes}
        assert {link.attributes["href"][1:] for link in page.all("a")} <= anchors

    def test_the_same_copy_gives_the_same_bytes(self, hostile_root: Path, published: Published) -> None:
        path = write_report(hostile_root)
        assert path == hostile_root / "reports" / "index.html"
        assert path.read_text(encoding="utf-8") == build_report(published)
        assert [item.name for item in path.parent.iterdir()] == ["index.html"]


class TestHostileNames:
    def test_names_stay_text(self, page: Node) -> None:
        allowed = {
            "name",
            "class",
            "id",
            "href",
            "title",
            "role",
            "tabindex",
            "scope",
            "open",
            "lang",
            "charset",
            "content",
        }
        drawing = {
            "viewbox",
            "d",
            "x",
            "y",
            "x1",
            "x2",
            "y1",
            "y2",
            "cx",
            "cy",
            "r",
            "rx",
            "width",
            "height",
            "text-anchor",
        }
        for node in page.all():
            known = allowed | drawing | {"http-equiv"}
            assert {name for name in node.attributes if not name.startswith("aria-")} <= known

    @pytest.mark.parametrize("where", ["drift-faithfulness", "latency", "cost", "moved"])
    def test_they_are_shown_where_they_belong(self, page: Node, where: str) -> None:
        assert "<script>alert" in page.one(id=where).text

    def test_a_label_of_a_picture_carries_them_as_text(self, page: Node) -> None:
        labels = [
            node.attributes["aria-label"] for node in page.all("svg") if "aria-label" in node.attributes
        ]
        assert any("<script>alert" in label for label in labels)

    def test_the_summary_for_dagster_shows_no_name_that_came_with_the_traces(
        self, published: Published
    ) -> None:
        assert "script" not in summary(published)
        assert HOSTILE not in summary(published)


class TestWhatMoved:
    def test_alerts_say_what_since_when_because_of_what_and_whose(self, page: Node) -> None:
        tone, faithfulness = page.one(id="moved").all("article")
        assert "recovered" in faithfulness.text
        assert "customer.segment = consumer" in faithfulness.text
        assert "Fri 13 Mar 2026; opened Mon 16 Mar 2026" in faithfulness.text
        assert "the system moved" in faithfulness.text
        assert "team:answers" in faithfulness.text
        assert "the judge moved, not the system" in tone.text
        assert [node.text for node in tone.one("dl", class_="tuple").all("ins")] == ["v2.1@lexicon-b"]

    def test_the_headline_counts_them(self, page: Node) -> None:
        lead = page.one(id="moved").all("p", class_="lead")[0].text
        assert lead.startswith("No alert is open; 2 closed in the last 8 weeks.")

    def test_tested_series_are_accounted_for(self, page: Node) -> None:
        note = page.one(id="moved").all("p", class_="note")[-1].text
        total, rest = re.match(r"Tested in the week of 2026-04-20: (\d+) series\. (.*)\.", note).groups()  # type: ignore[union-attr]
        assert sum(int(part.split()[0]) for part in rest.split("; ")) == int(total)


class TestNumbers:
    def test_a_level_comes_with_its_interval(self, page: Node) -> None:
        shown = cell(page, "faithfulness", "Level")
        assert re.fullmatch(rf"Level\.9\d \.9\d{DASH}\.9\d", shown.text)

    def test_the_corrected_level_stands_beside_the_judges_own(self, page: Node) -> None:
        shown = cell(page, "faithfulness", "Corrected by labels").text
        assert re.fullmatch(rf"Corrected by labels\.(90|89) \.8\d{DASH}\.9\d from 240 labels", shown)
        article = page.one(id="drift-faithfulness")
        assert "corrected by 240 labels .9" in article.all("p", class_="reading")[0].text
        assert len(article.all("path", class_="corrected")) == 16

    def test_too_few_labels_and_none_are_told_apart(self, page: Node) -> None:
        assert "31 labels" in cell(page, "tone", "Corrected by labels").text
        assert "too few items" in cell(page, "tone", "Corrected by labels").text
        assert cell(page, "latency", "Corrected by labels").text == f"Corrected by labels{DASH}"

    def test_null_shows_its_reason(self, page: Node) -> None:
        slices = page.one(id="drift-refusal_correctness").all("figcaption")
        empty = next(
            caption for caption in slices if "<script>" in caption.text and caption.all(class_="missing")
        )
        assert "no trace of this series has a score" in empty.text

    def test_every_gate_change_is_listed(self, page: Node) -> None:
        table = next(node for node in page.one(id="agreement").all("table"))
        rows = [row.text for row in table.one("tbody").all("tr")]
        assert len(rows) == 6
        assert f"gate open → gate shut: suspended.52 (.44{DASH}.59)" in rows[1]
        assert "judge v2.1@lexicon-a to v2.1@lexicon-b" in rows[1]
        assert "recalibrated after 1 week; dataset v3 to v4" in rows[0]

    def test_anchors_say_who_moved(self, page: Node) -> None:
        table = page.one(id="agreement").all("table")[1]
        first, judge, people = [row.text for row in table.one("tbody").all("tr")]
        assert "nothing to compare with yet" in first
        assert "21, 3.90 → .79.66 → .50< .001" in judge and "v2.1@lexicon-a" in judge
        assert "the judge is right about fewer of the same anchors than before" in judge
        assert f"2, 1.90 → .89{DASH}1.000people label the same anchors as they did before" in people

    def test_slices_without_enough_labels_say_how_many_lack(self, page: Node) -> None:
        table = page.one(id="agreement").all("table")[2]
        rows = [row.text for row in table.one("tbody").all("tr")]
        assert sum(f".71 (.52{DASH}.84)" in row for row in rows) == 1
        assert sum("too few items for an interval" in row for row in rows) == len(rows) - 1

    def test_an_unknown_cost_is_a_share_and_no_zero(self, page: Node) -> None:
        costs = page.one(id="cost").text
        assert "at least $" in costs
        assert "unknown" in costs

    def test_a_quantile_without_an_interval_says_so(self, page: Node) -> None:
        latencies = page.one(id="latency").text
        assert "from 410 ms" in latencies
        assert "no interval" in latencies

    def test_records_are_accounted_for(self, page: Node) -> None:
        account = "24,100 records in 1 file = 24,050 stored + 38 exact duplicates dropped + 7 log records"
        assert f"{account} + 5 quarantined" in page.one(id="coverage").text

    def test_dialects_are_no_part_of_the_sum_and_stand_beside_each_other(self, page: Node) -> None:
        summed, spoken = page.one(id="coverage").all("table")[:2]
        documents = next(row.text for row in summed.all("tr") if "retrieved documents" in row.text)
        assert "4,200" in documents and "8,400" not in documents
        assert [cell.text for cell in spoken.one("thead").all("th")][1:] == ["genai", "openinference"]
        shares = [cell.text for cell in spoken.one("tbody").all("td")]
        assert [share.split()[0] for share in shares] == ["65", "0"]

    def test_failed_expectations_are_named(self, page: Node) -> None:
        text = page.one(id="coverage").text
        assert "1 of 2 expectations hold" in text and "Failed: a day has a newest span" in text
        assert not [node for node in page.one(id="coverage").all("a") if "quality" in node.attributes["href"]]


class TestReadable:
    def test_every_picture_says_in_words_what_it_shows(self, page: Node) -> None:
        pictures = [node for node in page.all("svg") if node.attributes.get("aria-hidden") != "true"]
        assert len(pictures) > 40
        for picture in pictures:
            assert picture.attributes["role"] == "img"
            assert picture.attributes["aria-label"]
            assert picture.children[0].tag == "title"  # type: ignore[union-attr]

    def test_headings_skip_no_level(self, page: Node) -> None:
        levels = [int(node.tag[1]) for node in page.all() if re.fullmatch("h[1-6]", node.tag)]
        assert levels[0] == 1
        assert all(after <= before + 1 for before, after in pairwise(levels))

    def test_tables_have_captions_and_heads(self, page: Node) -> None:
        for table in page.all("table"):
            assert table.one("caption").text
            assert {head.attributes["scope"] for head in table.one("thead").all("th")} == {"col"}

    @pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
    @pytest.mark.parametrize("name", ["ink", "soft", "alert", "held", "good", "deploy", "line"])
    def test_text_stands_out_from_its_ground(self, theme: int, name: str) -> None:
        """WCAG 2.1, 1.4.3: text has "a contrast ratio of at least 4.5:1"."""
        themes = [
            dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", part))
            for part in STYLE.read_text().split(":root {")[1:3]
        ]
        for ground in ("paper", "sheet", "wash") if name in ("ink", "soft") else ("paper", "sheet"):
            assert contrast(themes[theme][name], themes[theme][ground]) >= 4.5


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_a_lake_without_a_scorecard_says_how_to_get_one(lake: Lake, data_root: Path) -> None:
    lake.publish()
    page = read_page(write_report(data_root).read_text())
    assert "behavior-pipeline run" in page.one("main").text


def test_without_a_published_copy_an_older_page_stays(tmp_path: Path) -> None:
    old = tmp_path / "reports" / "index.html"
    old.parent.mkdir()
    old.write_text("old")
    with pytest.raises(StorageError, match="nothing is published yet"):
        write_report(tmp_path)
    assert old.read_text() == "old"
