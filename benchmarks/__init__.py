"""Measurements, run by hand; their results are stored with date, machine and versions."""
