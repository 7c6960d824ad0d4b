"""From a loop program to native code that can be called: translation, and what code needs."""
