"""Backups: a whole copy each night and the write-ahead log all the time, encrypted for a key that is not here.

Only the public half of the backup's key (``BACKUP_RECIPIENT``) is on the machine, so whoever takes the machine or the
place of the backups cannot read them. The files are ordinary ``age`` files around PostgreSQL's own formats: a person
with the secret half, the data key file and PostgreSQL's manual can bring them back without Koza.
"""
