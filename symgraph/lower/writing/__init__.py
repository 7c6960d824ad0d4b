"""Writing statements of the loop program."""
