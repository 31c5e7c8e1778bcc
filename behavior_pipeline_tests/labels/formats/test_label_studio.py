import json

import pytest

from behavior_pipeline.errors import InputError
from behavior_pipeline.labels.records import Problem
from behavior_pipeline_tests.labels.exports import annotation, choice, flat, result, task, user
from behavior_pipeline_tests.labels.reading import read

ON, OFF = choice("tone", "on_brand"), choice("tone", "off_brand")
BOTH = choice("tone", "on_brand", "off_brand")
WHY = result("tone_rationale", "textarea", {"text": ["kind", "and plain"]})


class TestJson:
    """https://labelstud.io/guide/task_format: a task has data and annotations, an annotation results."""

    def test_each_annotator_of_a_task_is_a_row_with_time_rationale_and_ids(self) -> None:
        rows, problems, records = read(
            [task(4, annotation(11, user("ana@x.example"), ON, WHY), annotation(12, 9, OFF))]
        )
        assert (records.kind, problems) == ("label-studio", [])
        assert rows["annotator"].tolist() == ["ana@x.example", "9"]
        assert rows["label"].tolist() == ["on_brand", "off_brand"]
        assert rows["text"].tolist() == ["kind\nand plain", None]
        assert rows["given_at"].dt.strftime("%d %H:%M").tolist() == ["04 09:12", "04 09:12"]
        assert rows[["task", "annotation"]].to_numpy().tolist() == [["4", "11"], ["4", "12"]]
        assert rows["place"].tolist() == ["task 1, annotation 1", "task 1, annotation 2"]

    def test_several_controls_are_rows_of_their_dimensions_and_a_rating_is_a_grade(self) -> None:
        rating = result("faithfulness", "rating", {"rating": 4})
        other = result("difficulty", "rating", {"rating": 2})
        why = result("faithfulness_rationale", "textarea", {"text": ["one claim"]})
        rows, problems, records = read([task(1, annotation(1, 9, ON, rating, other, WHY, why))])
        assert rows[["dimension", "label", "text"]].to_numpy().tolist() == [
            ["tone", "on_brand", "kind\nand plain"], ["faithfulness", "4", "one claim"],
        ]  # fmt: skip
        assert problems == []
        assert [note.message for note in records.notes] == [
            "1 verdicts are of controls that are called like no dimension"
        ]

    def test_what_the_task_says_of_its_item_is_read(self) -> None:
        rows, _, _ = read([task(
            1, annotation(1, 9, choice("verdict", "on_brand")), dimension="tone", item_id="i-1",
            role="anchor", dataset_version="v3", rubric_version="v1", stratum="fail",
            inclusion_probability=0.25,
        )])  # fmt: skip
        row = rows.iloc[0]
        assert row[["item_id", "role", "dataset_version", "rubric_version", "stratum"]].tolist() == [
            "i-1", "anchor", "v3", "v1", "fail",
        ]  # fmt: skip
        assert row["inclusion_probability"] == 0.25

    def test_the_text_of_a_task_is_content_and_no_rationale(self) -> None:
        rows, _, _ = read([task(1, annotation(1, 9, ON), text="what the user wrote", label="x")])
        assert rows[["label", "text"]].to_numpy().tolist() == [["on_brand", None]]

    def test_skipped_and_unusable_annotations_are_named_and_the_others_kept(self) -> None:
        rows, problems, records = read([
            task(1, annotation(1, 9, was_cancelled=True), annotation(2, 9, BOTH)),
            task(2, annotation(3, None, ON), annotation(4, 9), "no object"),
            task(3),
            task(4, annotation(5, 9, ON, at="last week"), annotation(6, 8, choice("tone", "nice"))),
            {"id": 5, "data": "none", "annotations": []},
            {"something": "else"},
            task(7, annotation(8, 9, ON), trace_id="b2") | {"predictions": [{"result": [ON], "score": 0.9}]},
        ])  # fmt: skip
        assert rows["trace_id"].tolist() == ["b2"]
        assert {(problem.place, problem.why) for problem in problems} == {
            ("task 1, annotation 1", "was skipped by its annotator"),
            ("task 1, annotation 2", "several choices were made where one is asked"),
            ("task 2, annotation 1", "annotator is empty"),
            ("task 2, annotation 2", "holds no verdict of a dimension"),
            ("task 2, annotation 3", "is no annotation"),
            ("task 4, annotation 1", "labelled_at is no date (YYYY-MM-DD, or with a time in ISO 8601)"),
            ("task 4, annotation 2", "label is not one of tone's: ['off_brand', 'on_brand']"),
            ("task 5", "has no data"),
            ("task 6", "is no task of Label Studio"),
        }
        assert [note.count for note in records.notes] == [1, 1]

    def test_a_ground_truth_annotation_is_also_the_adjudicated_label(self) -> None:
        rows, _, _ = read([task(1, annotation(1, 9, ON), annotation(2, 8, OFF, ground_truth=True))])
        assert rows[["annotator", "label"]].to_numpy().tolist() == [
            ["9", "on_brand"], ["8", "off_brand"], ["adjudicated", "off_brand"],
        ]  # fmt: skip

    def test_names_and_words_of_their_own_are_mapped(self) -> None:
        rows, problems, _ = read(
            [task(1, annotation(1, 9, choice("Voice", "Good")), request="c3")],
            columns={"trace_id": "request"},
            values={"dimension": {"Voice": "tone"}, "annotator": {"9": "ana"}},
            labels={"tone": {"Good": "on_brand"}},
        )
        assert problems == []
        assert rows[["trace_id", "label", "annotator"]].to_numpy().tolist() == [["c3", "on_brand", "ana"]]

    def test_a_file_of_a_target_storage_is_an_annotation_with_its_task(self) -> None:
        whole = task(4)
        del whole["annotations"]
        rows, _, _ = read(json.dumps(annotation(1, 9, ON) | {"task": whole}))
        assert rows["task"].tolist() == ["4"]

    def test_tasks_before_the_place_where_a_file_breaks_off_are_kept(self) -> None:
        text = json.dumps([task(1, annotation(1, 9, ON)), task(2, annotation(2, 9, OFF))], indent=1)
        rows, problems, _ = read(text[: text.rindex("off_brand")])
        assert rows["label"].tolist() == ["on_brand"]
        assert problems[0].place == "task 2"
        assert "is no JSON" in problems[0].why
        rows, problems, _ = read(text[: text.rindex("]")])
        assert (len(rows), problems) == (2, [Problem("behind task 2", "the file ends inside of its list")])

    def test_one_task_a_line_is_read_and_lone_surrogates_cost_their_annotation(self) -> None:
        lines = [json.dumps(task(n, annotation(n, 9, ON, WHY), trace_id=f"a{n}")) for n in (1, 2)]
        rows, problems, _ = read("\n".join(lines).replace("and plain", "\\ud800", 1))
        assert rows["trace_id"].tolist() == ["a2"]
        assert problems == [Problem("task 1, annotation 1", "text holds characters that are no text")]

    @pytest.mark.parametrize(
        ("raw", "message"),
        [
            ("[nonsense", "is broken: task 1"),
            ('{"a": 1}', "neither Label Studio"),
            ("[1, 2]", "neither Label Studio"),
        ],
    )
    def test_json_of_another_kind_is_one_clear_error(self, raw: str, message: str) -> None:
        with pytest.raises(InputError, match=message):
            read(raw)


class TestJsonMin:
    """The converter of Label Studio's SDK writes a flat record an annotation; single choices stand bare."""

    def test_verdicts_ratings_and_rationales_are_read(self) -> None:
        rows, problems, records = read([
            flat(1, "ana@x.example", tone="on_brand", tone_rationale="kind"),
            flat(2, 9, tone={"choices": ["off_brand"]}, tone_rationale={"text": ["rude", "loud"]}),
            flat(3, 9, faithfulness=[{"rating": 4}], trace_id="b2"),
        ])  # fmt: skip
        assert (records.kind, problems) == ("label-studio-min", [])
        assert rows[["annotator", "dimension", "label", "text"]].to_numpy().tolist() == [
            ["ana@x.example", "tone", "on_brand", "kind"],
            ["9", "tone", "off_brand", "rude\nloud"],
            ["9", "faithfulness", "4", None],
        ]
        assert rows["annotation"].tolist() == ["101", "102", "103"]
        assert rows["place"].tolist() == ["record 1", "record 2", "record 3"]

    def test_a_record_without_one_verdict_of_a_dimension_is_named(self) -> None:
        _, problems, _ = read(
            [
                flat(1, 9, sentiment="good"),
                flat(2, 9, tone={"choices": ["on_brand", "off_brand"]}),
                flat(3, 9, tone=[]),
            ]
        )
        assert [(problem.place, problem.why) for problem in problems] == [
            ("record 1", "holds no verdict of a dimension"),
            ("record 2", "several choices were made where one is asked"),
            ("record 3", "label is empty"),
        ]

    def test_a_control_may_be_the_column_label_of_the_dimension_that_the_data_names(self) -> None:
        rows, _, _ = read(
            [flat(1, 9, sentiment="on_brand", dimension="tone")], columns={"label": "sentiment"}
        )
        assert rows["dimension"].tolist() == ["tone"]
