"""Identities of networks and ports, as resources that a stack update can see being replaced; and patience, for tasks that wait.

Neutron's own resource types need Neutron. These have its rule that matters here: a port that is told another network, be it only
another name for the same one, is a new port (the first of the talk's bugs).
"""

import functools
import time

import eventlet
from eventlet import event
from heat.engine import attributes
from heat.engine import properties
from heat.engine import resource
from heat.engine import scheduler
from heat.engine import service


class Identity(resource.Resource):
    """A resource with nothing behind it but its name in the stack."""

    def handle_create(self):
        self.resource_id_set(self.uuid)

    def handle_update(self, json_snippet, tmpl_diff, prop_diff):
        pass

    def handle_delete(self):
        pass


class Network(Identity):
    PROPERTIES = (NAME, CIDR) = ('name', 'cidr')

    properties_schema = {
        NAME: properties.Schema(properties.Schema.STRING, 'name', required=True),
        CIDR: properties.Schema(properties.Schema.STRING, 'addresses', required=True),
    }


class Port(Identity):
    PROPERTIES = (NETWORK, FIXED_IP, NAME) = ('network', 'fixed_ip', 'name')

    properties_schema = {
        NETWORK: properties.Schema(properties.Schema.STRING, 'name or identifier of its network', required=True),
        FIXED_IP: properties.Schema(properties.Schema.STRING, 'address', required=True),
        NAME: properties.Schema(properties.Schema.STRING, 'name', update_allowed=True),
    }

    attributes_schema = {
        FIXED_IP: attributes.Schema('address'),
    }

    def _resolve_attribute(self, name):
        return self.properties[name]


class Patience:
    """How long a stack's tasks sleep between two looks at what they wait for.

    Heat's own answer is a second, always, and each look is a question to the database for each hook, nested stack and deployment. While
    machines wait or are at work for minutes, that is most of what Heat does. Here the second holds while things happen: a task begins or
    ends, a resource is signalled, an update is cancelled. After that, until the next, looks are rarer.
    """

    LIVELY = 30  # seconds after the last event for which the second holds
    PERIOD = 10  # seconds between looks after that

    def __init__(self):
        self.last = time.monotonic()
        self.bell = event.Event()

    def ring(self):
        self.last = time.monotonic()
        bell, self.bell = self.bell, event.Event()
        bell.send()

    def sleep(self, seconds):
        if not seconds or time.monotonic() - self.last < self.LIVELY:
            eventlet.sleep(seconds)
        else:
            with eventlet.Timeout(self.PERIOD, False):
                self.bell.wait()

    def ringing(self, function):
        """The function, with its end as an event."""
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            try:
                return function(*args, **kwargs)
            finally:
                self.ring()
        return wrapper

    def install(self):
        def _sleep(task, seconds):
            if seconds is not None:
                self.sleep(seconds)

        scheduler.TaskRunner._sleep = _sleep
        for owner, names in ((scheduler.TaskRunner, ('start', '__call__', 'run_to_completion')),
                             (service.EngineService, ('resource_signal', 'stack_cancel_update'))):
            for name in names:
                setattr(owner, name, self.ringing(getattr(owner, name)))


Patience().install()


def resource_mapping():
    return {
        'Rehearsal::Net::Network': Network,
        'Rehearsal::Net::Port': Port,
    }
