"""Loop nests: the loops of a fusion group, and the memory that they read and write."""
