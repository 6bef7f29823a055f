"""HTTP for both shelves: one bounded request, and how to read what comes back."""
