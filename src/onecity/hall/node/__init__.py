"""A node of the hall: one office's applications, cases, messages and evidence in one store.

Nothing is imported here: settings, rights and tables need the base package alone, the node itself
(`onecity.hall.node.node`) what the extra ``hall`` brings.
"""
