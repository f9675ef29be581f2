"""The pages: server-rendered screens for gate, weighbridge, yard, officers and desk.

A page never decides: it asks a use case, gets a view-model, and renders it. One module a screen.
"""
