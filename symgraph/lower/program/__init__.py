"""The loop program: its statements, its text, its verifier, and walks over it."""
