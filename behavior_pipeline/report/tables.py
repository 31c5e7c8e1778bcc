"""Tables of the page: a caption that people and screen readers get, and columns that fit a phone."""

from collections.abc import Sequence

from behavior_pipeline.report.markup import Child, Markup, element


def table(
    caption: str,
    head: Sequence[Child],
    rows: Sequence[Sequence[Child]],
    *,
    numbers: Sequence[int] = (),
    class_: str = "",
) -> Markup:
    """Return a table that scrolls by itself; columns named in `numbers` are aligned to the right."""
    kinds = ["number" if index in numbers else None for index in range(len(head))]
    top = element(
        "tr", [element("th", cell, scope="col", class_=kind) for cell, kind in zip(head, kinds, strict=True)]
    )
    body = [
        element(
            "tr",
            [
                element("th", cell, scope="row") if index == 0 else element("td", cell, class_=kind)
                for index, (cell, kind) in enumerate(zip(row, kinds, strict=True))
            ],
        )
        for row in rows
    ]
    grid = element(
        "table", element("caption", caption), element("thead", top), element("tbody", body), class_=class_
    )
    return element("div", grid, class_="scroll", role="region", aria_label=caption, tabindex=0)


def section(anchor: str, title: str, lead: Child, *children: Child) -> Markup:
    """Return a section of the page with its heading and the sentence that says what it answers."""
    heading = element("h2", title, id=f"{anchor}-title")
    return element(
        "section",
        heading,
        element("p", lead, class_="lead"),
        children,
        id=anchor,
        aria_labelledby=f"{anchor}-title",
    )


def facts(pairs: Sequence[tuple[str, Child]]) -> Markup:
    """Return names with their values."""
    shown = [
        element("div", element("dt", name), element("dd", value))
        for name, value in pairs
        if value is not None
    ]
    return element("dl", shown, class_="facts")


def more(title: str, *children: Child, opened: bool = False) -> Markup:
    """Return what opens on demand."""
    return element("details", element("summary", title), children, open=opened)
