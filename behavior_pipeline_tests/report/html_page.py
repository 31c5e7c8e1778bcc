"""Reads a page as a browser would: its elements, its attributes, and the text of each part."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "br", "wbr"}


@dataclass
class Node:
    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list["Node | str"] = field(default_factory=list)

    def all(self, tag: str | None = None, **wanted: str) -> list["Node"]:
        """Return every element below, in order; `class_` asks for one class of an element."""
        nodes = []
        for child in self.children:
            if isinstance(child, Node):
                if child.matches(tag, wanted):
                    nodes.append(child)
                nodes += child.all(tag, **wanted)
        return nodes

    def one(self, tag: str | None = None, **wanted: str) -> "Node":
        nodes = self.all(tag, **wanted)
        assert len(nodes) == 1, f"{len(nodes)} elements {tag} {wanted}"
        return nodes[0]

    def matches(self, tag: str | None, wanted: dict[str, str]) -> bool:
        classes = self.attributes.get("class", "").split()
        same = all(
            value in classes if key == "class_" else self.attributes.get(key) == value
            for key, value in wanted.items()
        )
        return same and tag in (None, self.tag)

    @property
    def text(self) -> str:
        return "".join(child if isinstance(child, str) else child.text for child in self.children)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = Node("document")
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"an attribute of {tag} stands twice"
        node = Node(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(node)
        if tag not in VOID:
            self.open.append(node)

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].tag == tag, f"{tag} closes {self.open[-1].tag}"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def read_page(page: str) -> Node:
    """Return the document; fails where elements are not nested well."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == [reader.root], "an element was not closed"
    return reader.root
