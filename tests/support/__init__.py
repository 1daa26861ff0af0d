"""Helpers that speak the domain; no test lives here."""
