"""Measurements of the running house: webhooks, the way to the screen, start, memory. Nothing here is a test.

python -m bench [--quick] [--write]
"""
