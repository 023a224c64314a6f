"""The ledger: whose task, by when, how far it is, and what it needs.

`model` says what a unit, an item and its history are; `way` what may happen to an item; `calendar`,
`rules`, `figures` and `dependencies` what follows from that. All of these are pure: they know no
file, no database and no clock. Whatever needs the day is given it.
"""
