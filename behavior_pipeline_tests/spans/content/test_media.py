"""What is no text in a message is counted with its media type and size, in the shapes of every API."""

from typing import Any

import pytest

from behavior_pipeline.spans.content.media import media_of
from behavior_pipeline.spans.content.messages import message, texts

PNG = "iVBORw0KGgo="  # 8 bytes
SIZED = {"type": "image", "mime_type": "image/png", "bytes": 8}
SHAPES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("OpenTelemetry blob", {"type": "blob", "modality": "image", "mime_type": "image/png", "content": PNG},
     SIZED),
    ("OpenTelemetry uri", {"type": "uri", "modality": "video", "uri": "https://a.example/b"},
     {"type": "video"}),
    ("OpenTelemetry file", {"type": "file", "modality": "audio", "file_id": "f1"},
     {"type": "audio"}),
    ("OpenAI by value", {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}},
     SIZED),
    ("OpenAI by address", {"type": "image_url", "image_url": {"url": "https://a.example/b.png"}},
     {"type": "image"}),
    ("OpenAI responses", {"type": "input_image", "image_url": f"data:image/png;base64,{PNG}"},
     SIZED),
    ("OpenAI sound", {"type": "input_audio", "input_audio": {"data": PNG, "format": "wav"}},
     {"type": "audio", "mime_type": "wav", "bytes": 8}),
    ("OpenAI file", {"type": "file", "file": {"filename": "a.pdf", "file_data": PNG}},
     {"type": "file", "bytes": 8}),
    ("Anthropic", {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}},
     SIZED),
    ("Anthropic document", {"type": "document", "source": {"media_type": "application/pdf", "data": PNG}},
     {"type": "file", "mime_type": "application/pdf", "bytes": 8}),
    ("Gemini", {"inlineData": {"mimeType": "image/png", "data": PNG}},
     SIZED),
    ("Gemini by address", {"file_data": {"mime_type": "image/png", "file_uri": "gs://a/b"}},
     {"type": "image", "mime_type": "image/png"}),
    ("Bedrock", {"image": {"format": "png", "source": {"bytes": PNG}}},
     {"type": "image", "mime_type": "png", "bytes": 8}),
    ("Vercel", {"type": "file", "mediaType": "image/png", "data": PNG},
     SIZED),
    ("LangChain", {"type": "image", "source_type": "base64", "mime_type": "image/png", "data": PNG},
     SIZED),
]  # fmt: skip


@pytest.mark.parametrize(
    ("part", "seen"), [shape[1:] for shape in SHAPES], ids=[shape[0] for shape in SHAPES]
)
def test_part_of_an_api_is_known(part: dict[str, Any], seen: dict[str, Any]) -> None:
    turn = message(
        {"role": "user", "content": [{"type": "text", "text": "What is this?"}, part]}, role="user"
    )
    assert [one for one in map(media_of, turn["parts"]) if one is not None] == [seen]
    assert texts(turn, "text") == "What is this?"


@pytest.mark.parametrize(
    "item",
    [
        {"role": "assistant", "content": None, "audio": {"id": "a", "data": PNG, "transcript": "Bay three."}},
        {"role": "user", "content": [{"type": "input_audio", "transcript": "Bay three.", "audio": None}]},
        {"role": "user", "content": [{"type": "audio", "audio": {"transcript": "Bay three."}}]},
    ],
)
def test_transcript_is_text(item: dict[str, Any]) -> None:
    turn = message(item, role="user")
    assert texts(turn, "text") == "Bay three."
    assert not any(map(media_of, turn["parts"]))


@pytest.mark.parametrize(
    "part", [{"type": "text", "content": "a"}, {"type": "tool_call", "name": "image"}, {}]
)
def test_text_and_tools_are_no_media(part: dict[str, Any]) -> None:
    assert media_of(part) is None
