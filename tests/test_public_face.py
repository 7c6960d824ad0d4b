"""What `import symgraph` offers stays what it is, whatever is imported later."""

import subprocess
import sys


def test_no_public_name_is_taken_over_by_a_folder_of_the_package():
    program = (
        "import symgraph\n"
        "before = {name: getattr(symgraph, name) for name in symgraph.__all__}\n"
        "for name in symgraph.available_backends():\n"
        "    symgraph.get_backend(name)\n"
        "import symgraph.models.datasets\n"
        "after = {name: getattr(symgraph, name) for name in symgraph.__all__}\n"
        "changed = [name for name in before if before[name] is not after[name]]\n"
        "print(changed, symgraph.available_backends())\n"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert run.stderr == ""
    assert run.stdout.startswith("[] ['llvm', 'reference'")
