"""Finding passages: the one hybrid searcher."""
