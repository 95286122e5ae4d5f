"""Keystone's WSGI application with three changes: federation's XML schemas are read at their first use, logging is safe in threads, and
the first token is asked for before the first request.

The import of pysaml2 reads all schemas, which takes a third of the CPU time of Keystone's start (docs/decisions/0005).
oslo.log gives Python's logging the locks of eventlet as soon as any module has imported eventlet, even in an application with real
threads. Two threads that log at once may then wait for ever, and all requests with them
(https://bugs.launchpad.net/oslo.log/+bug/1983863).

The first token of a process loads what later ones find there. On a slow host that was seen to take 80 s, in which the process answered
nobody else, while HAProxy had taken it for alive and sent it users. Now HAProxy's check has no answer before that is done.
"""

import collections.abc
import importlib
import io
import sys
import threading
import types
import wsgiref.util

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

FIRST_TOKEN = "/etc/keystone/first-token.json"
# A Keystone that waits for its database waits without an end; after this time it is left to its clients.
FIRST_TOKEN_SECONDS = 300


def ask_for_first_token():
    """Asks the application for a token, as a client would. What goes wrong is told, and is the first client's to see."""

    def start_response(status, headers, exc_info=None):
        print("first token:", status, file=sys.stderr)

    try:
        with open(FIRST_TOKEN, "rb") as file:
            body = file.read()
        environ = {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": "/v3/auth/tokens",
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body),
        }
        wsgiref.util.setup_testing_defaults(environ)
        answer = application(environ, start_response)
        for _ in answer:
            pass
        getattr(answer, "close", lambda: None)()
    except Exception as error:
        print("first token:", repr(error), file=sys.stderr)


application = initialize_public_application()
first = threading.Thread(target=ask_for_first_token, daemon=True)
first.start()
first.join(FIRST_TOKEN_SECONDS)
