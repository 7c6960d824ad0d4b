"""Write statements of the loop program."""
