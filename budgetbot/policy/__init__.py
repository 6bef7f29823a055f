"""Policies: what a person declares in YAML files, read strictly, and what follows from it at one moment."""
