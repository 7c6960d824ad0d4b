"""The back ends that tests hold against the reference: LLVM, or those of the option --backends."""

# Others are added before modules of tests are imported.
TESTED = ["llvm", "reference"]


def choose(names: str) -> None:
    """Test these back ends, written with commas between them, and the reference."""
    TESTED[:] = sorted({"reference", *names.split(",")})
