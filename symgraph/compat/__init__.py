"""Other languages' ways, for programs that were written for them."""
