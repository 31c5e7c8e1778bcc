"""Spring AI (1.0 to 2.0): `spring.ai.*` on the spans of clients, advisors, tools and vector stores.

Its model calls are in the GenAI conventions, contents as a list of texts (`gen_ai.prompt`) or as messages.
"""

from typing import Any

from behavior_pipeline.dumps.records import RawSpan
from behavior_pipeline.spans.conventions import current
from behavior_pipeline.spans.conventions.table import by_names
from behavior_pipeline.spans.dialect import Signs

KIND, TOOL = "spring.ai.kind", "spring.ai.tool."
OPERATIONS = {"tool_call": "execute_tool", "chat_client": "other", "advisor": "other"}
NAMES = {
    "operation": (KIND,),
    "tool_name": (f"{TOOL}definition.name",),
    "tool_call_id": (f"{TOOL}call.id",),
    "tool_arguments": (f"{TOOL}call.arguments",),
    "tool_result": (f"{TOOL}call.result",),
    "documents": ("db.vector.query.response.documents",),
    "conversation_id": ("spring.ai.chat.client.conversation.id",),
    "dropped": (f"{TOOL}definition.description", f"{TOOL}definition.schema", "spring.ai.chat.client.stream"),
}


def recognises(signs: Signs) -> bool:
    """Return whether Spring AI made the span; its model calls have no name of its own."""
    return KIND in signs.keys


def operation(span: RawSpan, meanings: dict[str, Any]) -> str:
    """Return the kind of operation that Spring AI names."""
    kind = str(span.attributes.get(KIND)).lower()
    if kind == "vector_store":
        return "retrieval" if span.attributes.get("db.operation.name", "query") == "query" else "other"
    return OPERATIONS.get(kind) or current.operation(span.attributes, meanings)


PLUGIN = by_names(
    "Spring AI", 34, recognises=recognises, operation=operation, names=NAMES,
    lost={"tool_arguments": "only where tool contents are asked for", "tool_result": "as the arguments"},
)  # fmt: skip
