"""The pages in `docs` say what is so: their examples run and print what they show."""

import doctest
import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parent.parent / "docs"
PAGES = sorted(DOCS.glob("*.md"))
FENCED = re.MULTILINE | re.DOTALL


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_examples_of_a_page_print_what_they_show(page):
    examples = "\n".join(re.findall(r"^```python\n(>>> .*?)^```$", page.read_text(), FENCED))
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    test = doctest.DocTestParser().get_doctest(examples, {}, page.name, str(page), 0)
    assert doctest.DocTestRunner(optionflags=flags).run(test).failed == 0


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_files_that_a_page_names_exist(page):
    text = page.read_text()
    made = set(re.findall(r"^`(\S+)`, a new file:$", text, re.MULTILINE))
    named = set(re.findall(r"`([\w.-]+/[\w./-]*)`", text)) - made
    assert named
    assert [name for name in named if not (DOCS.parent / name).exists()] == []
