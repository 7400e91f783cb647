"""Telling the world what happened: who hears of what, and that each word of it arrives."""
