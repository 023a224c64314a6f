"""The one map's web service: what browsers and programs of others ask of a region.

`create_app` in `onecity.web.app` makes the service from `Settings`; nothing is made by importing.
"""
