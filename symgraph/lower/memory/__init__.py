"""Memory: live ranges of buffers, the arena, donated buffers, work in place, limits."""
