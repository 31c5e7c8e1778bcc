"""Parts of messages that are no text: images, sound, video and files, with their media type and size."""

from collections.abc import Iterable, Mapping
from typing import Any

from behavior_pipeline.dumps.attributes import as_text, first

KINDS = ("image", "audio", "video")
FILE = "file"
# What parts call themselves in the APIs of OpenAI, Anthropic, Bedrock, Gemini, and in LangChain and Vercel.
TYPES = {
    "image": "image", "image_url": "image", "input_image": "image", "output_image": "image",
    "audio": "audio", "input_audio": "audio", "output_audio": "audio", "audio_url": "audio",
    "video": "video", "video_url": "video", "input_video": "video",
    "file": FILE, "input_file": FILE, "document": FILE, "media": FILE, "blob": FILE, "uri": FILE,
}  # fmt: skip
KEYS = ("inline_data", "inlineData", "file_data", "fileData", "image", "audio", "video", "document")
HOLDERS = ("source", "image_url", "input_audio", "audio", "image", "video", "document", "file", "media",
           "inline_data", "inlineData", "file_data", "fileData")  # fmt: skip
MEDIA_TYPES = ("mime_type", "media_type", "mimeType", "mediaType", "format")
CONTENTS = (
    "content",
    "data",
    "bytes",
    "file_data",
    "url",
    "uri",
    "image_url",
    "image",
    "file_uri",
    "fileUri",
)
MOST_INNER = 4


def media_of(part: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return {type, mime_type, bytes} of a part that is no text, as far as it says; None of any other part.

    `type` is image, audio, video or file. Of what stands elsewhere, at an address, the size is not known.
    """
    if (named := _kind(part)) is None:
        return None
    fields = list(_holders(part))
    written = next((text for one in fields if isinstance(text := first(one, MEDIA_TYPES), str)), None)
    content = next((text for one in fields if isinstance(text := first(one, CONTENTS), str)), "")
    if content.startswith("data:"):
        head, _, content = content[5:].partition(",")
        written = head.partition(";")[0] or written
    elif "://" in content[:12]:
        content = ""
    modality = as_text(part.get("modality")) or (written or "").partition("/")[0]
    seen = {
        "type": modality if named == FILE and modality in KINDS else named,
        "mime_type": written,
        "bytes": len(content) * 3 // 4 - content[-2:].count("=") if content else None,
    }
    return {name: value for name, value in seen.items() if value is not None}


def _kind(part: Mapping[str, Any]) -> str | None:
    kind = part.get("type")
    if isinstance(kind, str) and kind in TYPES:
        return TYPES[kind]
    if kind not in (None, "unknown"):
        return None
    key = next((key for key in KEYS if isinstance(part.get(key), Mapping)), None)
    return None if key is None else TYPES.get(key, FILE)


def _holders(part: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    waiting = [part]
    for _ in range(MOST_INNER):
        if not waiting:
            return
        one = waiting.pop(0)
        yield one
        waiting += [inner for key in HOLDERS if isinstance(inner := one.get(key), Mapping)]


def transcript_of(part: Mapping[str, Any]) -> str | None:
    """Return the words of a part that is sound, where they were written down."""
    texts = (as_text(one.get("transcript")) for one in _holders(part))
    return next(filter(None, texts), None)
