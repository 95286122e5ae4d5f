"""Real servers in the namespaces of a network: HAProxy, MariaDB, RabbitMQ, and two small ones of Python."""
import os, pathlib, shutil, signal, socket, subprocess, sys, time

here = pathlib.Path(__file__).resolve().parent

HAPROXY = """
global
  maxconn 4000
  stats socket {folder}/{name}.sock level admin
defaults
  mode http
  timeout connect 30s
  timeout client 60s
  timeout server 60s
frontend {name}
  bind *:{port}
  {answer}
"""
FIXED = "http-request return status 200 content-type text/plain string ok"
FORWARDED = "default_backend slow\nbackend slow\n  server slow 127.0.0.1:9000"


class Servers:
    """All servers; `close` ends every process that was started, by its number."""

    def __init__(self, network, folder):
        self.network, self.folder, self.processes = network, folder, []
        self.haproxy("moved", "a", 8080)
        self.haproxy("moved-too", "b", 8080)
        self.haproxy("refused", "a", 8081)
        self.hung = self.haproxy("hung", "a", 8083)
        self.haproxy("slow", "a", 8084, FORWARDED)
        self.haproxy("link", "c", 8085)
        self.haproxy("drop", "d", 8086)
        self.slow = self.python("slow_server.py", "a")
        self.echo = self.python("echo_server.py", "a")
        # Nobody learns that the echo server has forgotten a connection.
        network.run("a", "nft", "add", "table", "inet", "bench")
        network.run("a", "nft", "add chain inet bench out { type filter hook output priority 0; }")
        network.run("a", "nft", "add rule inet bench out tcp sport 7 tcp flags & rst == rst drop")
        self.mariadb()
        self.rabbitmq()

    def start(self, name, arguments, **options):
        process = self.network.start(name, arguments, **options)
        self.processes.append(process)
        return process

    def haproxy(self, name, host, port, answer=FIXED):
        file = self.folder / f"{name}.cfg"
        file.write_text(HAPROXY.format(folder=self.folder, name=name, port=port, answer=answer))
        return self.start(host, ["haproxy", "-db", "-q", "-f", str(file)])

    def tell(self, name, command):
        """Gives HAProxy a command on its socket; it is done when the socket is closed."""
        with socket.socket(socket.AF_UNIX) as end:
            end.connect(str(self.folder / f"{name}.sock"))
            end.sendall(command.encode() + b"\n")
            answer = b""
            while part := end.recv(4096):
                answer += part
            if answer.strip():
                raise RuntimeError(f"HAProxy on {command}: {answer.decode().strip()}")

    def python(self, file, host):
        return self.start(
            host, [sys.executable, str(here / file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)

    def mariadb(self):
        data = self.folder / "mariadb"
        owner = "--user=mysql"
        data.mkdir()
        shutil.chown(data, "mysql", "mysql")
        subprocess.run(
            ["mariadb-install-db", owner, f"--datadir={data}", "--auth-root-authentication-method=normal", "--skip-test-db"],
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        sql = self.folder / "init.sql"
        sql.write_text(
            "CREATE DATABASE bench;\nCREATE USER bench@'%' IDENTIFIED BY 'bench';\nGRANT ALL ON bench.* TO bench@'%';\n")
        sql.chmod(0o644)
        self.database = self.start("a", [
            "mariadbd", "--no-defaults", owner, f"--datadir={data}", f"--socket={data}/socket", f"--pid-file={data}/pid",
            f"--init-file={sql}", "--skip-name-resolve", "--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=16M"])

    def rabbitmq(self):
        base = self.folder / "rabbitmq"
        base.mkdir()
        (base / "rabbitmq.conf").write_text("loopback_users = none\nlisteners.tcp.default = 5672\n")
        (base / "plugins").write_text("[].\n")
        (base / "home").mkdir()
        for path in [base, *base.rglob("*")]:
            shutil.chown(path, "rabbitmq", "rabbitmq")
        self.broker = self.start("a", [
            "setpriv", "--reuid=rabbitmq", "--regid=rabbitmq", "--clear-groups", "env", f"HOME={base}/home", "HOSTNAME=localhost",
            "RABBITMQ_NODENAME=bench@localhost", f"RABBITMQ_MNESIA_BASE={base}", f"RABBITMQ_LOG_BASE={base}",
            f"RABBITMQ_CONFIG_FILE={base}/rabbitmq.conf", f"RABBITMQ_ENABLED_PLUGINS_FILE={base}/plugins",
            f"RABBITMQ_CONF_ENV_FILE={base}/none", "/usr/lib/rabbitmq/bin/rabbitmq-server"])

    def erlang(self):
        """The number of RabbitMQ's own process, below the shell that starts it."""
        numbers, last = [self.broker.pid], None
        while numbers:
            last = numbers[0]
            numbers = [int(n) for n in pathlib.Path(f"/proc/{last}/task/{last}/children").read_text().split()]
            if pathlib.Path(f"/proc/{last}/comm").read_text().startswith("beam"):
                return last
        return last

    def wait(self, seconds=180):
        """Returns when every server takes connections."""
        for address, port in [("192.0.2.11", 8080), ("192.0.2.11", 8084), ("192.0.2.13", 8085), ("192.0.2.14", 8086), ("192.0.2.11", 7),
                              ("192.0.2.11", 3306), ("192.0.2.11", 5672)]:
            deadline = time.monotonic() + seconds
            while not self.network.inside("client", lambda: takes(address, port)):
                if time.monotonic() > deadline:
                    raise RuntimeError(f"nothing listens on {address}:{port}")
                time.sleep(0.5)

    def close(self):
        for process in self.processes:
            for number in descendants(process.pid):
                try:
                    os.kill(number, signal.SIGCONT)
                    os.kill(number, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            process.wait()


def takes(address, port):
    try:
        socket.create_connection((address, port), timeout=1).close()
        return True
    except OSError:
        return False


def descendants(number):
    """A process and all below it."""
    try:
        below = pathlib.Path(f"/proc/{number}/task/{number}/children").read_text().split()
    except OSError:
        below = []
    return [d for child in below for d in descendants(int(child))] + [number]
