"""What `import symgraph` offers stays what it is, whatever is imported later."""

import os
import site
import subprocess
import sys
from pathlib import Path


def test_no_public_name_is_taken_over_by_a_folder_of_the_package():
    program = (
        "import symgraph\n"
        "before = {name: getattr(symgraph, name) for name in symgraph.__all__}\n"
        "for name in ('llvm', 'reference'):\n"
        "    symgraph.get_backend(name)\n"
        "import symgraph.models.datasets\n"
        "after = {name: getattr(symgraph, name) for name in symgraph.__all__}\n"
        "changed = [name for name in before if before[name] is not after[name]]\n"
        "print(changed)\n"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert run.stderr == ""
    assert run.stdout == "[]\n"


def test_a_program_started_in_the_source_tree_needs_nothing_installed():
    """Python puts the current folder first: what is installed beside is not what is imported."""
    program = (
        "import symgraph, symgraph.models.parts.costs, symgraph.backends.reference as reference\n"
        "x = symgraph.tensor.scalar()\n"
        "print(symgraph.function([x], x + 1)(1))\n"
    )
    tree = Path(__file__).parent.parent
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(site.getsitepackages())}
    run = subprocess.run(
        [sys.executable, "-S", "-c", program],
        cwd=tree,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert (run.stdout, run.stderr) == ("2.0\n", "")
