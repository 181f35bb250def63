"""Exercises to come."""

EXERCISES = ()
