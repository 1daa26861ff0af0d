"""The roster for the day when everything is down: a sealed file each day, and a sheet of paper.

The file that the telephone edge reads (``hotline.roster``) is for our own machines, and opens with the key file. This
one is for people: it names them, and opens with a key that lies in a drawer.
"""
