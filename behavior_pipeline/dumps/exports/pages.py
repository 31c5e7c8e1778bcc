"""Whether pages of an API say that more follow: a part of an export looks like the whole otherwise."""

from collections.abc import Iterator, Mapping
from typing import Any

from behavior_pipeline.dumps.attributes import mapping
from behavior_pipeline.dumps.records import Place

# Beside the rows, or in one of these objects beside them.
HOLDERS = ("meta", "pagination", "paging", "pageInfo", "page_info", "cursors", "links", "_links", "_meta")
CURSORS = (
    "next_cursor", "nextCursor", "next_page_token", "nextPageToken", "nextToken", "next_token", "NextToken",
    "next", "next_page", "nextPage", "next_url", "nextLink", "@odata.nextLink",
)  # fmt: skip
FLAGS = ("hasMore", "has_more", "hasNextPage", "has_next_page", "hasNext", "has_next")
NUMBERS = ("page", "currentPage", "current_page", "pageNumber")
TOTALS = ("totalPages", "total_pages", "pageCount", "page_count")
SIZES = ("size", "limit", "pageSize", "page_size", "per_page")
COUNTS = ("total", "totalItems", "total_items", "totalCount", "total_count")


class Pages:
    """The pages of a file; `unfinished` is the place of the last one if it says that others follow."""

    def __init__(self) -> None:
        self.unfinished: Place | None = None
        self._numbers: set[int] = set()

    def add(self, document: Any, place: Place) -> None:
        """Look at a document; what is no page says nothing."""
        if not isinstance(document, dict) or not any(isinstance(cell, list) for cell in document.values()):
            return
        number, total = _numbered(document)
        if number is not None and total is not None:
            self._numbers.add(number)
            # Some count from 0. No file holds more pages than numbers were seen.
            first = min(1, *self._numbers, 1)
            missing = len(self._numbers & set(range(first, first + len(self._numbers)))) < total
        else:
            missing = any(_says_more(holder) for holder in _holders(document))
        self.unfinished = place if missing else None


def _holders(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield document
    for name in HOLDERS:
        yield mapping(document.get(name))


def _says_more(holder: Mapping[str, Any]) -> bool:
    flags = [holder[name] for name in FLAGS if isinstance(holder.get(name), bool)]
    if flags:
        return any(flags)
    cursors = (holder.get(name) for name in CURSORS)
    return any(isinstance(one, str | int) and not isinstance(one, bool) and bool(one) for one in cursors)


def _numbered(document: Mapping[str, Any]) -> tuple[int | None, int | None]:
    """Return a page's number and how many there are, told or counted from the rows of each."""
    for holder in _holders(document):
        number, total, size, count = (_first(holder, names) for names in (NUMBERS, TOTALS, SIZES, COUNTS))
        if number is not None and total is None and size and count is not None:
            total = -(-count // size)
        if number is not None and total is not None:
            return number, total
    return None, None


def _first(holder: Mapping[str, Any], names: tuple[str, ...]) -> int | None:
    return next((holder[name] for name in names if type(holder.get(name)) is int and holder[name] >= 0), None)
