"""A world for the alert engine in which everything happens that can, and what must hold in it."""
