"""The languages that a program of steps can be written in, a folder each."""
