"""Rehearsal's plugin for Heat: resource types for networks and ports, and less work while nothing happens.

Neutron's own resource types need Neutron. The types here have the one rule of Neutron's that matters: a port whose network changes, be it
only to another name for the same network, is replaced by a new port. This was the first bug of the talk (docs/tripleo.md).
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
from oslo_messaging._drivers import impl_fake


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


class Bell:
    """Wakes the threads that wait for it."""

    def __init__(self):
        self.last = time.monotonic()
        self.event = event.Event()

    def ring(self):
        self.last = time.monotonic()
        rung, self.event = self.event, event.Event()
        rung.send()

    def wait(self, seconds):
        with eventlet.Timeout(seconds, False):
            self.event.wait()

    def rung_by(self, owner, *names):
        """Rings at the end of each call of the owner's functions."""
        def ringing(function):
            @functools.wraps(function)
            def wrapper(*args, **kwargs):
                try:
                    return function(*args, **kwargs)
                finally:
                    self.ring()
            return wrapper

        for name in names:
            setattr(owner, name, ringing(getattr(owner, name)))


def look_less_often():
    """Makes a stack's tasks poll less often while nothing happens.

    In Heat a task polls every second for whatever it waits for, and each poll is a query to the database for each hook, nested stack and
    deployment. While machines wait or are at work for minutes, these polls are most of Heat's work. Here a task polls every second only
    for half a minute after an event: a task began or ended, a resource was signalled, an update was cancelled. Then it polls every ten
    seconds, until the next event.
    """
    bell = Bell()
    bell.rung_by(scheduler.TaskRunner, 'start', '__call__', 'run_to_completion')
    bell.rung_by(service.EngineService, 'resource_signal', 'stack_cancel_update')

    def _sleep(task, seconds):
        if seconds is None:
            return
        if seconds and time.monotonic() - bell.last > 30:
            bell.wait(10)
        else:
            eventlet.sleep(seconds)

    scheduler.TaskRunner._sleep = _sleep


def listen_for_messages():
    """Makes the driver that carries messages within this process wait for them, instead of polling for each listener 20 times a second."""
    bell = Bell()
    bell.rung_by(impl_fake.FakeExchange, 'deliver_message')

    class Clock:
        time = staticmethod(time.time)

        @staticmethod
        def sleep(seconds):
            bell.wait(1)

    impl_fake.time = Clock


look_less_often()
listen_for_messages()


def resource_mapping():
    return {
        'Rehearsal::Net::Network': Network,
        'Rehearsal::Net::Port': Port,
    }
