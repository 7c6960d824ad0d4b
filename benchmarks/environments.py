"""The peers: what they are called, and which Python has them."""

import importlib.util
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

# A folder of virtual environments, `peers-jax` and so on.
VARIABLE = "SYMGRAPH_PEERS"


class Peer(NamedTuple):
    """`module` is its module in `benchmarks.peers`, `package` what its Python must have;
    `compiles` whether it compiles functions before it runs them."""

    name: str
    title: str
    module: str
    variant: str
    package: str
    compiles: bool
    # What is imported to use it.
    imports: str


PEERS = {
    peer.name: peer
    for peer in (
        Peer("symgraph", "symgraph", "symgraph", "-", "symgraph", True, "symgraph.tensor"),
        Peer("jax", "JAX", "jax", "-", "jax", True, "jax.numpy"),
        Peer("torch", "PyTorch", "torch", "eager", "torch", False, "torch"),
        Peer("torch-compile", "torch.compile", "torch", "compile", "torch", True, "torch"),
        Peer("pytensor", "PyTensor", "pytensor", "numba", "pytensor", True, "pytensor.tensor"),
        Peer("pytensor-c", "PyTensor (C)", "pytensor", "c", "pytensor", True, "pytensor.tensor"),
        Peer("numpy", "NumPy", "numpy", "-", "numpy", False, "numpy"),
    )
}
# Those that work on a GPU.
GPU_PEERS = {
    peer.name: peer
    for peer in (
        Peer("jax-gpu", "JAX", "jax", "cuda", "jax", True, "jax.numpy"),
        Peer("torch-gpu", "PyTorch", "torch", "cuda", "torch", False, "torch"),
    )
}


class Environment(NamedTuple):
    """A peer, and its Python or why it has none."""

    peer: Peer
    python: str
    problem: str = ""


def environments(
    names: Sequence[str], given: Mapping[str, str], folder: str | None = None
) -> list[Environment]:
    """Where the peers of these names are: as given (package -> Python), in a folder of virtual
    environments (by default that of the variable SYMGRAPH_PEERS), or in this Python."""
    base = folder or os.environ.get(VARIABLE)
    peers = PEERS | GPU_PEERS
    return [_environment(peers[name], given, Path(base) if base else None) for name in names]


def _environment(peer: Peer, given: Mapping[str, str], folder: Path | None) -> Environment:
    if peer.package in given:
        python = given[peer.package]
        missing = "" if Path(python).exists() else f"there is no {python}"
        return Environment(peer, python, missing)
    if folder is not None:
        for name in (f"peers-{peer.package}", peer.package):
            candidate = folder / name / "bin" / "python"
            if candidate.exists():
                return Environment(peer, str(candidate))
    if importlib.util.find_spec(peer.package) is not None:
        return Environment(peer, sys.executable)
    return Environment(peer, "", f"not installed (--peer {peer.package}=PYTHON)")
