"""The first day: a house without anybody is furnished in the browser, with a one-time code in place of an account.

One module for each step. A step has no table of its own: it is done when what it makes is there, so that set-up goes on
wherever it was left, by whoever holds a code.
"""
