from hypothesis import given
from hypothesis import strategies as st

from behavior_pipeline.report.markup import element
from behavior_pipeline.values import printable
from behavior_pipeline_tests.report.html_page import read_page

anything = st.text(st.characters(exclude_categories=["Cs"]))


@given(text=anything)
def test_text_comes_back_as_text_and_makes_no_element(text: str) -> None:
    page = read_page(element("p", text, element("title", text), title=text, aria_label=text))
    (paragraph,) = [node for node in page.all() if node.tag == "p"]
    assert [node.tag for node in page.all()] == ["p", "title"]
    assert paragraph.text == printable(text) * 2
    assert paragraph.attributes == {"title": printable(text), "aria-label": printable(text)}


def test_none_and_false_leave_an_attribute_out() -> None:
    assert element("details", open=False, title=None) == "<details></details>"
    assert element("details", open=True) == "<details open></details>"


def test_children_nest_in_order() -> None:
    assert element("p", ["a", [element("b", 1), None]], "<") == "<p>a<b>1</b>&lt;</p>"
