"""The loop program: its statements, its text, and traversals of it."""
