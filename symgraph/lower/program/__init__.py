"""The loop program: its statements, its text, and walks over it."""
