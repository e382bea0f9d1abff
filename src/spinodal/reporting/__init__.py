"""Reporting: what is known of runs, for people: figures, a page, text in a terminal."""
