"""Test sets, measures, comparisons, reports: how well kqa answers, and how sure that is."""
