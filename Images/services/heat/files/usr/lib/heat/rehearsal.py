"""Identities of networks and ports, as resources that a stack update can see being replaced.

Neutron's own resource types need Neutron. These have its rule that matters here: a port that is told another network, be it only
another name for the same one, is a new port (the first of the talk's bugs).
"""

from heat.engine import attributes
from heat.engine import properties
from heat.engine import resource


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


def resource_mapping():
    return {
        'Rehearsal::Net::Network': Network,
        'Rehearsal::Net::Port': Port,
    }
