"""Rehearsal's plugin for Heat: resource types for networks and ports, and less work while nothing happens.

Neutron's own resource types need Neutron. The types here have the one rule of Neutron's that matters: a port whose network changes is
replaced by a new port. Which change counts is a setting, because it was the first bug of the talk (docs/bugs/1-tooling.md).
"""

import functools
import os
import time
import uuid

import eventlet
from eventlet import event
from heat.engine import attributes
from heat.engine import properties
from heat.engine import resource
from heat.engine import scheduler
from heat.engine import service
from oslo_config import cfg
from oslo_messaging._drivers import impl_fake


class Identity(resource.Resource):
    """A resource with nothing behind it but its name in the stack."""

    def handle_create(self):
        self.resource_id_set(self.uuid)

    def handle_update(self, json_snippet, tmpl_diff, prop_diff):
        pass

    def handle_delete(self):
        pass


def network_id(network):
    """The identifier of a network that is given by its name or by its identifier. It follows from the name."""
    try:
        return str(uuid.UUID(network))
    except ValueError:
        return str(uuid.uuid5(uuid.NAMESPACE_DNS, network))


def compares_strings():
    """Whether a network's name and its identifier are two different networks, as before LP 1514680 was mended.

    The file port-networks beside Heat's configuration says so with the word "strings". It is read at every comparison, so that a scenario
    can change it without starting Heat anew.
    """
    try:
        with open(os.path.join(os.path.dirname(cfg.CONF.config_file[-1]), 'port-networks')) as file:
            return file.read().strip() == 'strings'
    except OSError:
        return False


class Network(Identity):
    PROPERTIES = (NAME, CIDR) = ('name', 'cidr')

    def handle_create(self):
        self.resource_id_set(network_id(self.properties[self.NAME]))

    properties_schema = {
        NAME: properties.Schema(properties.Schema.STRING, 'name', required=True),
        CIDR: properties.Schema(properties.Schema.STRING, 'addresses', required=True),
    }


class Port(Identity):
    PROPERTIES = (NETWORK, FIXED_IP, NAME) = ('network', 'fixed_ip', 'name')

    properties_schema = {
        NETWORK: properties.Schema(properties.Schema.STRING, 'name or identifier of its network', required=True, update_allowed=True),
        FIXED_IP: properties.Schema(properties.Schema.STRING, 'address', required=True),
        NAME: properties.Schema(properties.Schema.STRING, 'name', update_allowed=True),
    }

    attributes_schema = {
        FIXED_IP: attributes.Schema('address'),
    }

    def needs_replace_with_prop_diff(self, changed_properties_set, after_props, before_props):
        if self.NETWORK not in changed_properties_set:
            return False
        return compares_strings() or network_id(after_props[self.NETWORK]) != network_id(before_props[self.NETWORK])

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
