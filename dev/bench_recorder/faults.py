"""Faults of known length, and what a client can feel of each: the ground truth.

Times are of the host's monotonic clock. A fault's beginning and its end are each known to lie between the instants before and after the
call that made it.
"""
import dataclasses, math, os, random, signal, socket, threading, time

from .network import CLIENT, MOVED, SERVERS, SHARED


@dataclasses.dataclass
class Truth:
    """One fault as a client of the cell's patience can feel it."""
    begin: float
    end: float
    uncertainty: float

    @property
    def length(self):
        return self.end - self.begin


@dataclasses.dataclass
class Cell:
    """A fault that is made again and again, and the probes that look at it."""
    name: str
    probes: list  # (kind, target, period_ms, settings)
    kind: str  # how a client must feel it: failed or slow
    patience: float
    shortest: float
    longest: float
    make: object  # make(length) -> Truth
    share: float = 1  # of the outages that the main cells get
    truths: list = dataclasses.field(default_factory=list)


def span(begin, end, patience=0.0):
    """The truth between two calls, each given as its instants before and after; a client of some patience feels less of it."""
    middle = [sum(instants) / 2 for instants in (begin, end)]
    return Truth(middle[0], middle[1] - patience, (begin[1] - begin[0] + end[1] - end[0]) / 2)


def timed(action, *arguments):
    before = time.monotonic()
    action(*arguments)
    return before, time.monotonic()


def hold(since, length):
    """Sleeps until a fault that began at an instant has lasted so long."""
    time.sleep(max(0, since + length - time.monotonic()))


class Faults:
    def __init__(self, network, servers):
        self.network, self.servers, self.holder = network, servers, "a"
        self.packets = {name: network.inside(name, lambda: packet_socket()) for name in ("a", "b")}

    def refused(self, length):
        begin = timed(self.servers.tell, "refused", "disable frontend refused")
        hold(begin[1], length)
        return span(begin, timed(self.servers.tell, "refused", "enable frontend refused"))

    def link_down(self, length):
        begin = timed(self.network.link, "c", False)
        hold(begin[1], length)
        return span(begin, timed(self.network.link, "c", True))

    def dropped(self, length):
        begin = timed(self.network.forwarding, "d", False)
        hold(begin[1], length)
        return span(begin, timed(self.network.forwarding, "d", True))

    def stopped(self, number, patience):
        """A process stands still, and the kernel goes on to take connections for it."""
        def fault(length):
            begin = timed(os.kill, number(), signal.SIGSTOP)
            hold(begin[1], length)
            return span(begin, timed(os.kill, number(), signal.SIGCONT), patience)
        return fault

    def slow(self, length):
        def late(seconds):
            self.servers.slow.stdin.write(f"{seconds}\n")
            return float(self.servers.slow.stdout.readline())
        begin = late(random.uniform(1.5, 4))
        hold(begin, length)
        end = late(0)
        return Truth(begin, end, 0.002)

    def moved(self, length):
        other = "b" if self.holder == "a" else "a"
        begin = timed(self.network.remove_address, self.holder, MOVED)
        hold(begin[1], length)

        def take():
            self.network.add_address(other, MOVED)
            self.network.announce(self.packets[other], other, MOVED)

        end = timed(take)
        self.holder = other
        return span(begin, end)

    def two_holders(self, length):
        begin = timed(self.network.add_address, "b", SHARED)
        hold(begin[1], length)
        return span(begin, timed(self.network.remove_address, "b", SHARED))

    def half_open(self, length):
        """The server forgets its connections; for a kept client the outage ends when a new connection carries its first line."""
        self.servers.echo.stdin.write("forget\n")
        begin = end = None
        while end is None:
            word, instant = self.servers.echo.stdout.readline().split()
            if word == "forgot":
                begin = float(instant)
            elif begin is not None:
                end = float(instant)
        return Truth(begin, end, 0.002)

    def cells(self):
        a, c, d = SERVERS["a"], SERVERS["c"], SERVERS["d"]
        web = lambda address, port: f"http://{address}:{port}/"
        account = {"user": "bench", "password": "bench"}
        return [
            Cell("refused", [("tcp", f"{a}:8081", 50, {}), ("http", web(a, 8081), 50, {})], "failed", 1, 0.1, 12, self.refused),
            Cell("link down", [("icmp", c, 50, {}), ("tcp", f"{c}:8085", 50, {}), ("http", web(c, 8085), 50, {})], "failed", 1, 0.1, 12,
                 self.link_down),
            Cell("dropped", [("icmp", d, 50, {}), ("tcp", f"{d}:8086", 50, {}), ("http", web(d, 8086), 50, {})], "failed", 1, 0.1, 12,
                 self.dropped),
            Cell("hung", [("http", web(a, 8083), 50, {})], "slow", 0.25, 0.35, 9, self.stopped(lambda: self.servers.hung.pid, 0.25)),
            Cell("slow", [("http", web(a, 8084), 50, {})], "slow", 1, 0.1, 8, self.slow, 0.6),
            Cell("moved", [("icmp", MOVED, 50, {}), ("http", web(MOVED, 8080), 50, {})], "failed", 1, 0.1, 4, self.moved),
            Cell("two holders", [("arp", SHARED, 100, {})], "failed", 1, 0.1, 12, self.two_holders, 0.5),
            Cell("half-open", [("tcp-kept", f"{a}:7", 50, {})], "failed", 1, 0, 0, self.half_open, 0.2),
            Cell("hung database", [("sql", f"{a}:3306", 100, account | {"database": "bench"})], "slow", 0.25, 0.35, 8,
                 self.stopped(lambda: self.servers.database.pid, 0.25), 0.5),
            Cell("hung broker", [("amqp", f"{a}:5672", 100, {"user": "guest", "password": "guest", "queue": "bench"})], "slow", 0.25, 0.35,
                 8, self.stopped(self.servers.erlang, 0.25), 0.5),
        ]


def packet_socket():
    end = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    end.bind(("eth0", 0))
    return end


def drive(cells, outages, seed, told=lambda: None):
    """Makes every cell's faults, all cells at the same time, and notes the truth of each."""
    def run(cell, number):
        # Lengths spread evenly over their orders of magnitude, in an order that the seed gives.
        draw = random.Random(seed * 1000 + number)
        for _ in range(max(1, round(outages * cell.share))):
            time.sleep(draw.uniform(2.2, 3.2))
            length = math.exp(draw.uniform(math.log(cell.shortest), math.log(cell.longest))) if cell.longest else 0
            cell.truths.append(cell.make(length))
            told()
        time.sleep(2)

    failures = []

    def guarded(cell, number):
        try:
            run(cell, number)
        except Exception as error:
            failures.append(f"{cell.name}: {error!r}")

    threads = [threading.Thread(target=guarded, args=(cell, number)) for number, cell in enumerate(cells)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise RuntimeError("; ".join(failures))
