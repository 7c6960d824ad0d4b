"""The back ends that tests hold against the reference: LLVM, or those of the option --backends."""

# Set before modules of tests are imported.
CHOSEN: tuple[str, ...] = ("llvm",)


def choose(names: str) -> None:
    """Test these back ends, written with commas between them."""
    global CHOSEN
    CHOSEN = tuple(names.split(","))


def modes() -> list[str]:
    """All back ends that are tested, the reference among them."""
    return sorted({"reference", *CHOSEN})
