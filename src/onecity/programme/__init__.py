"""What could be done, and what it would change: scenarios, and what they give and take.

Strands say what they find; here their answers before and after are set against each other. No
strand is named on this floor: a new one is compared like all others.
"""
