"""The hall: one counter for every service of the region's cities (通办).

It stands beside the strands and uses `onecity.core` and `onecity.identity` only; no analysis of
the region imports it.
"""
