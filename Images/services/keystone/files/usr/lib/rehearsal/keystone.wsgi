"""Keystone's WSGI application with two changes: federation's XML schemas are read at their first use, and logging is safe in threads.

The import of pysaml2 reads all schemas, which takes a third of the CPU time of Keystone's start (docs/decisions/0005).
oslo.log gives Python's logging the locks of eventlet as soon as any module has imported eventlet, even in an application with real
threads. Two threads that log at once may then wait for ever, and all requests with them
(https://bugs.launchpad.net/oslo.log/+bug/1983863).
"""

import collections.abc
import importlib
import sys
import types

NAME = "saml2.xml.schema"


class Schemas(collections.abc.Mapping):
    """Stands for the real module's `node_to_schema`, and imports that module at the first use."""

    def real(self):
        sys.modules.pop(NAME)
        module = importlib.import_module(NAME)
        self.real = lambda: module.node_to_schema
        return module.node_to_schema

    def __getitem__(self, node):
        return self.real()[node]

    def __iter__(self):
        return iter(self.real())

    def __len__(self):
        return len(self.real())


sys.modules[NAME] = types.ModuleType(NAME)
sys.modules[NAME].node_to_schema = Schemas()
sys.modules[NAME].XMLSchemaError = Exception  # the real one's base; only ever caught

import oslo_log.log  # noqa: E402

oslo_log.log._fix_eventlet_logging = lambda: None

from keystone.server.wsgi import initialize_public_application  # noqa: E402

application = initialize_public_application()
