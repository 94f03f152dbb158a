"""Vectors, postings and the published index on disk."""
