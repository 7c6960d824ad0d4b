"""Within the package of models a name stands for one thing."""

import ast
from collections import defaultdict
from pathlib import Path

import symgraph.models

FOLDER = Path(symgraph.models.__file__).parent


def test_no_two_classes_have_one_name():
    homes = defaultdict(list)
    for path in sorted(FOLDER.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef):
                homes[node.name].append(str(path.relative_to(FOLDER)))
    # What type checkers are told of scikit-learn's classes stands in one file too.
    assert {name: where for name, where in homes.items() if len(where) > 1} == {}
    assert len(homes) > 60
