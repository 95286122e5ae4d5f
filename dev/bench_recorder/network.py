"""A small network inside namespaces: a client and four servers on one switch, which is a bridge in a namespace of its own."""
import ctypes, os, secrets, subprocess, threading

from pyroute2 import NetNS, netns

CLIENT, SERVERS = "192.0.2.1", {"a": "192.0.2.11", "b": "192.0.2.12", "c": "192.0.2.13", "d": "192.0.2.14"}
MOVED, SHARED = "192.0.2.10", "192.0.2.20"  # addresses that faults move, and give to two servers
_libc = ctypes.CDLL(None, use_errno=True)


class Network:
    """Namespaces `client`, `switch`, `a` to `d`; everything is gone after `close`."""

    def __init__(self):
        self.prefix = f"rb{secrets.token_hex(3)}-"
        self.spaces = {}
        for name in ["switch", "client", *SERVERS]:
            netns.create(self.prefix + name)
            self.spaces[name] = NetNS(self.prefix + name)
            self.spaces[name].link("set", index=1, state="up")
        switch = self.spaces["switch"]
        switch.link("add", ifname="br", kind="bridge")
        self.bridge = switch.link_lookup(ifname="br")[0]
        switch.link("set", index=self.bridge, state="up")
        self.ports, self.links, self.hardware = {}, {}, {}
        for name, address in {"client": CLIENT, **SERVERS}.items():
            self._join(name, address)
        # Both ends know each other, so that a fault lasts as long as it is made to, without the kernel's search for neighbours.
        # Not so for the addresses that move: their holder is what the client asks for.
        for name, address in SERVERS.items():
            self._neighbour("client", address, self.hardware[name])
            self._neighbour(name, CLIENT, self.hardware["client"])
        self.add_address("a", MOVED)
        self.add_address("a", SHARED)

    def _join(self, name, address):
        host, switch = self.spaces[name], self.spaces["switch"]
        switch.link("add", ifname=f"p-{name}", kind="veth", peer={"ifname": "eth0", "net_ns_fd": self.prefix + name})
        port = switch.link_lookup(ifname=f"p-{name}")[0]
        switch.link("set", index=port, master=self.bridge, state="up")
        link = host.link_lookup(ifname="eth0")[0]
        host.link("set", index=link, state="up")
        host.addr("add", index=link, address=address, prefixlen=24)
        self.ports[name], self.links[name] = port, link
        self.hardware[name] = host.get_links(link)[0].get_attr("IFLA_ADDRESS")

    def _neighbour(self, name, address, hardware):
        self.spaces[name].neigh("replace", ifindex=self.links[name], dst=address, lladdr=hardware, state="permanent")

    # Faults: each returns when the kernel has done it.

    def link(self, name, up):
        self.spaces[name].link("set", index=self.links[name], state="up" if up else "down")
        if up:
            self._neighbour(name, CLIENT, self.hardware["client"])

    def forwarding(self, name, on):
        """Whether a server's cable is in the switch: without it both ends are up, and frames are lost."""
        self.spaces["switch"].link("set", index=self.ports[name], master=self.bridge if on else 0)

    def add_address(self, name, address):
        self.spaces[name].addr("add", index=self.links[name], address=address, prefixlen=24)

    def remove_address(self, name, address):
        self.spaces[name].addr("del", index=self.links[name], address=address, prefixlen=24)

    def announce(self, sender, name, address):
        """Says by gratuitous ARP who holds an address, as keepalived does; `sender` is a packet socket in the server's namespace."""
        hardware = bytes.fromhex(self.hardware[name].replace(":", ""))
        quad = bytes(int(part) for part in address.split("."))
        arp = bytes.fromhex("0001080006040001") + hardware + quad + b"\0" * 6 + quad
        sender.send(b"\xff" * 6 + hardware + b"\x08\x06" + arp)

    # Processes and sockets inside.

    def command(self, name, arguments):
        return ["ip", "netns", "exec", self.prefix + name, *arguments]

    def start(self, name, arguments, **options):
        options.setdefault("stdout", subprocess.DEVNULL)
        options.setdefault("stderr", subprocess.DEVNULL)
        return subprocess.Popen(self.command(name, arguments), stdin=options.pop("stdin", subprocess.DEVNULL), **options)

    def run(self, name, *arguments):
        return subprocess.run(self.command(name, arguments), check=True, capture_output=True, text=True).stdout

    def inside(self, name, make):
        """What `make` returns, called by a thread inside a namespace: a socket stays there."""
        result = []

        def enter():
            descriptor = os.open(f"/run/netns/{self.prefix}{name}", os.O_RDONLY)
            if _libc.setns(descriptor, 0x40000000) != 0:
                raise OSError(ctypes.get_errno(), "setns")
            os.close(descriptor)
            result.append(make())

        thread = threading.Thread(target=enter)
        thread.start()
        thread.join()
        return result[0]

    def close(self):
        for name, space in self.spaces.items():
            space.close()
            netns.remove(self.prefix + name)
