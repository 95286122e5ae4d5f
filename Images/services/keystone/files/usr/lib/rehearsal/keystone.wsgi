"""Keystone's WSGI application, with the XML schemas of federation read when they are first asked for, and with threads that can log.

Importing pysaml2 reads the schemas all, a third of the CPU time of Keystone's start (docs/decisions/0005).
oslo.log gives logging eventlet's locks as soon as anything has imported eventlet, also to an application of real threads: two that log
at once may then wait for ever, and with them all requests (https://bugs.launchpad.net/oslo.log/+bug/1983863).
"""

import collections.abc
import importlib
import sys
import types

NAME = "saml2.xml.schema"


class Schemas(collections.abc.Mapping):
    """What `node_to_schema` of the real module is, from the first use on."""

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
