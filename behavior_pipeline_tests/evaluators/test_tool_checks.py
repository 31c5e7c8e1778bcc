"""Checks of tool calls and refusals."""

import json
from pathlib import Path
from typing import Any, ClassVar

import pytest

from behavior_pipeline.errors import InputError
from behavior_pipeline.evaluators.check import Case, Outcome, checks
from behavior_pipeline.reasons import Reason

ORDER = {"name": "get_order", "parameters": {
    "type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]}}  # fmt: skip


def run(name: str, case: Case, **parameters: Any) -> Outcome:
    check = checks()[name]
    return check.evaluate(case, check.parameters.model_validate(parameters))


def calling(*calls: dict[str, Any], **fields: Any) -> Case:
    return Case("t", tool_calls=list(calls), **{"tool_definitions": [ORDER], **fields})


class TestToolExists:
    def test_offered_tool_passes_and_invented_one_fails(self) -> None:
        assert run("tool_exists", calling({"name": "get_order"})).score == 1
        assert run("tool_exists", calling({"name": "get_order"}, {"name": "fetch"})).label == "unknown_tool"

    def test_without_definitions_it_is_undecidable(self) -> None:
        assert run("tool_exists", calling({"name": "a"}, tool_definitions=None)).reason == Reason.UNDECIDABLE

    def test_without_calls_there_is_nothing_to_check(self) -> None:
        assert run("tool_exists", Case("t")).reason == Reason.NO_TOOLS
        assert run("tool_exists", Case("t", tool_definitions=[ORDER])).reason == Reason.UNDECIDABLE


class TestToolArguments:
    @pytest.mark.parametrize(
        ("arguments", "score"),
        [({"id": "7"}, 1), ('{"id": "7"}', 1), ({"id": 7}, 0), ({}, 0), ("", 0), ("id=7", 0), ([1], 0)],
    )
    def test_arguments_fit_the_tool_s_schema(self, arguments: Any, score: int) -> None:
        assert run("tool_arguments", calling({"name": "get_order", "arguments": arguments})).score == score

    def test_arguments_that_were_not_recorded_are_undecidable(self) -> None:
        assert run("tool_arguments", calling({"name": "get_order"})).reason == Reason.UNDECIDABLE

    def test_unusable_schema_is_undecidable(self) -> None:
        broken = [{"name": "get_order", "parameters": {"type": "dict"}}]
        case = calling({"name": "get_order", "arguments": {}}, tool_definitions=broken)
        assert run("tool_arguments", case).reason == Reason.UNDECIDABLE


class TestToolReference:
    @pytest.fixture
    def expect(self, tmp_path: Path) -> Any:
        def write(expected: Any, compare: str = "calls_any_order") -> str:
            path = tmp_path / "reference.jsonl"
            record = {"trace_id": "t", "compare": compare, "expected": expected}
            path.write_text(json.dumps(record) + "\n", encoding="utf-8")
            return str(path)

        return write

    def compare(self, reference: str, *calls: dict[str, Any], **fields: Any) -> Outcome:
        text = fields.pop("text", "loose")
        return run("tool_reference", calling(*calls, **fields), reference=reference, text=text)

    @pytest.mark.parametrize(
        ("arguments", "score"),
        [
            ({"city": "Paris", "days": 3}, 1),
            ({"city": "Paris", "days": 3.0, "unit": "c"}, 1),
            ({"city": "paris ", "days": 3}, 1),
            ({"city": "Rome", "days": 3}, 0),
            ({"city": "Paris"}, 0),
            ({"city": "Paris", "days": True}, 0),
            ({"city": "Paris", "days": 3, "extra": 1}, 0),
        ],
    )
    def test_parameter_has_one_of_its_allowed_values(
        self, expect: Any, arguments: dict[str, Any], score: int
    ) -> None:
        wanted = {
            "name": "weather",
            "arguments": {"city": ["Paris", "Paris, FR"], "days": [3], "unit": ["c", ""]},
        }
        assert self.compare(expect([wanted]), {"name": "weather", "arguments": arguments}).score == score

    def test_exact_text_minds_case(self, expect: Any) -> None:
        reference = expect([{"name": "w", "arguments": {"city": ["Paris"]}}])
        assert self.compare(reference, {"name": "w", "arguments": {"city": "paris"}}, text="exact").score == 0

    def test_objects_may_list_allowed_values_again(self, expect: Any) -> None:
        reference = expect([{"name": "w", "arguments": {"who": [{"adults": [2], "pets": [0, ""]}]}}])
        assert self.compare(reference, {"name": "w", "arguments": {"who": {"adults": 2}}}).score == 1
        assert self.compare(reference, {"name": "w", "arguments": {"who": {"adults": 3}}}).score == 0

    def test_order_counts_only_where_the_reference_says_so(self, expect: Any) -> None:
        wanted = [{"name": name, "arguments": {}} for name in ("a", "b")]
        calls = [{"name": name, "arguments": {}} for name in ("b", "a")]
        assert self.compare(expect(wanted), *calls).score == 1
        assert self.compare(expect(wanted, "calls_in_order"), *calls).score == 0
        assert self.compare(expect(wanted, "calls_in_order"), *reversed(calls)).score == 1

    def test_ambiguous_calls_are_paired_off(self, expect: Any) -> None:
        wanted = [{"name": "a", "arguments": {"x": [1, 2]}}, {"name": "a", "arguments": {"x": [1]}}]
        calls = [{"name": "a", "arguments": {"x": value}} for value in (1, 2)]
        assert self.compare(expect(wanted), *calls).score == 1

    def test_expecting_nothing_means_that_no_tool_fits(self, expect: Any) -> None:
        assert run("tool_reference", Case("t"), reference=expect([])).score == 1
        assert self.compare(expect([]), {"name": "a", "arguments": {}}).score == 0

    def test_only_state_changing_calls_that_worked_are_compared(self, expect: Any) -> None:
        wanted = [{"name": "get_user", "arguments": {}}, {"name": "cancel", "arguments": {"id": ["7"]}}]
        calls = [
            {"name": "cancel", "arguments": {"id": "8"}, "result": "Error: no such order"},
            {"name": "search_orders", "arguments": {}},
            {"name": "cancel", "arguments": {"id": "7"}, "result": "ok"},
        ]
        assert self.compare(expect(wanted, "state_changing_calls"), *calls).score == 1
        assert self.compare(expect(wanted, "state_changing_calls"), *calls[:2]).score == 0

    def test_unknown_trace_way_or_missing_capture_is_no_failure(self, expect: Any) -> None:
        reference = expect([{"name": "a", "arguments": {}}], "by_feeling")
        assert self.compare(reference, {"name": "a", "arguments": {}}).reason == Reason.UNDECIDABLE
        assert run("tool_reference", Case("other"), reference=reference).reason == Reason.NO_REFERENCE
        reference = expect([{"name": "a", "arguments": {}}])
        unseen = Case("t", unmeasurable={"tool_calls": "text_free"})
        assert run("tool_reference", unseen, reference=reference).reason == Reason.TEXT_FREE
        assert self.compare(reference, {"name": "a"}).reason == Reason.UNDECIDABLE

    def test_changed_file_is_read_again(self, expect: Any) -> None:
        call = {"name": "a", "arguments": {}}
        assert self.compare(expect([]), call).score == 0
        assert self.compare(expect([call]), call).score == 1

    def test_line_that_is_no_record_is_named(self, tmp_path: Path) -> None:
        path = tmp_path / "reference.jsonl"
        path.write_text('{"trace_id": "t", "expected": []}\n{"half', encoding="utf-8")
        with pytest.raises(InputError, match="line 2"):
            run("tool_reference", Case("t"), reference=str(path))

    def test_relative_file_is_below_the_data_root(self, expect: Any) -> None:
        path = Path(expect([]))
        model = checks()["tool_reference"].parameters
        parameters = model.model_validate({"reference": path.name}, context={"root": path.parent})
        assert checks()["tool_reference"].evaluate(Case("t"), parameters).score == 1


class TestResultUsed:
    @pytest.mark.parametrize(
        ("result", "answer", "score"),
        [
            ({"total": 1234.5}, "It costs 1,234.50 euros.", 1),
            ({"status": "Shipped", "eta": "Monday"}, "It was shipped.", 1),
            ({"order": "ORD-77A"}, "See ord-77a.", 1),
            ({"total": 99}, "It costs something.", None),
            ({"ok": True, "n": 3}, "There are 3.", None),
        ],
    )
    def test_entity_of_the_result_is_looked_for_in_the_answer(
        self, result: Any, answer: str, score: int | None
    ) -> None:
        case = calling({"name": "get_order", "arguments": {}, "result": result}, output_text=answer)
        outcome = run("result_used", case)
        assert outcome.score == score and (score == 1 or outcome.reason == Reason.UNDECIDABLE)

    def test_later_arguments_count_as_use(self) -> None:
        first = {"name": "find", "arguments": {}, "result": {"id": "X-4411"}}
        second = {"name": "get_order", "arguments": {"id": "X-4411"}, "result": None}
        assert run("result_used", calling(first, second, output_text="Done.")).score == 1
        assert run("result_used", calling(second, first, output_text="Done.")).score is None

    def test_what_the_call_itself_brought_is_no_result(self) -> None:
        case = calling({"name": "a", "arguments": {"id": "X-4411"}, "result": {"id": "X-4411"}},
                       output_text="About X-4411.")  # fmt: skip
        assert run("result_used", case).reason == Reason.UNDECIDABLE


class TestRefusal:
    EXPECTS: ClassVar = {"kind": {"safe": "comply", "unsafe": "refuse"}}
    NO = "I'm sorry, but I can't help with that."

    @pytest.mark.parametrize(
        ("kind", "answer", "label", "score"),
        [
            ("safe", "Here it is.", "rightly_answered", 1),
            ("safe", NO, "over_refused", 0),
            ("unsafe", NO, "rightly_refused", 1),
            ("unsafe", "Here it is.", "answered", None),
            ("other", NO, "refused", None),
        ],
    )
    def test_verdict_where_it_is_declared_what_the_request_calls_for(
        self, kind: str, answer: str, label: str, score: int | None
    ) -> None:
        case = Case("t", output_text=answer, slices={"kind": kind})
        assert run("refusal", case, expects=self.EXPECTS)[:2] == (score, label)

    def test_missing_refusal_is_decided_only_on_request(self) -> None:
        case = Case("t", output_text="Here it is.", slices={"kind": "unsafe"})
        decided = run("refusal", case, expects=self.EXPECTS, decides=["under_refused"])
        assert decided[:2] == (0.0, "under_refused")

    @pytest.mark.parametrize(
        ("kind", "text", "outcome"),
        [
            ("harmless", "I can't help with that.", ("safe", True)),
            ("harmful", "Sure: first you", ("unsafe", False)),
            ("new", "Sure: first you", ("unknown", False)),
            ("harmless", None, ("safe", None)),
        ],
    )
    def test_what_the_input_calls_for_is_told_of_every_case(
        self, kind: str, text: str | None, outcome: tuple[str, bool | None]
    ) -> None:
        expects = {"kind": {"harmless": "comply", "harmful": "refuse"}}
        case = Case("t", output_text=text, slices={"kind": kind})
        assert run("refusal", case, expects=expects, decides=[])[3:] == outcome

    def test_provider_s_filter_and_refusal_part_count_as_refusals(self) -> None:
        for case in (Case("t", finish_reason="content_filter"), Case("t", refused=True, output_text="No.")):
            assert run("refusal", case).label == "refused"

    def test_trace_without_answer_is_null(self) -> None:
        assert run("refusal", Case("t")).reason == Reason.NO_OUTPUT

    def test_reference_file_comes_before_the_slice(self, tmp_path: Path) -> None:
        path = tmp_path / "expected.csv"
        path.write_text("trace_id,expected\nt,refuse\n", encoding="utf-8")
        case = Case("t", output_text=self.NO, slices={"kind": "safe"})
        assert run("refusal", case, expects=self.EXPECTS, reference=str(path)).label == "rightly_refused"
