"""Petitions: papers for an authority, written from the case's records, approved by her, released by a lawyer."""
