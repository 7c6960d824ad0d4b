"""Memory: buffer lifetimes and the arena, donated buffers, work in place, limits."""
