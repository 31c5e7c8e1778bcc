"""What a judge is shown of a turn of the demo."""

from typing import Any

from behavior_pipeline.demo import shop
from behavior_pipeline.demo.writing import Turn


def content(turn: Turn) -> dict[str, Any]:
    call = turn.call
    calls = [{"name": call.tool, "arguments": call.arguments, "result": call.result}] if call else None
    return {
        "input_text": turn.request,
        "output_text": turn.answer,
        "documents": turn.documents,
        "tool_calls": calls,
        "tool_definitions": shop.TOOLS if call else None,
    }
