"""All that a node of the demonstration needs to be served, loaded: it is imported for that.

Whoever imports it is copied for each node. What is there by then is told to be no garbage, so
that the copies share its memory instead of writing to it when they look for garbage.
"""

import gc

import uvicorn.lifespan.on
import uvicorn.protocols.http.h11_impl

import onecity.hall.node.node
import onecity.hall.node.running
import onecity.hall.processes
from onecity.web.app import create_app
from onecity.web.routes import modules

from .program import program

LOADED = (create_app, modules(), program, onecity.hall, uvicorn)
gc.collect()
gc.freeze()
