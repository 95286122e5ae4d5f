"""An echo server whose connections can be made half-open: it forgets them without a word, and the packet filter keeps the kernel from
saying so. A line on standard input forgets all; each first line of a connection is told on standard output, with its time."""
import asyncio, socket, sys, time

TCP_REPAIR = 19  # linux/tcp.h: a socket that is closed under repair sends nothing
writers = set()


async def serve(reader, writer):
    writers.add(writer)
    first = True
    try:
        while line := await reader.readline():
            writer.write(line)
            if first:
                print(f"first {time.monotonic()}", flush=True)
                first = False
    except OSError:
        pass
    finally:
        writers.discard(writer)
        writer.close()


def forget():
    sys.stdin.readline()
    for writer in list(writers):
        end = writer.get_extra_info("socket")
        socket.socket(fileno=__import__("os").dup(end.fileno())).setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 1)
        writer.transport.abort()
    print(f"forgot {time.monotonic()}", flush=True)


async def main():
    server = await asyncio.start_server(serve, "0.0.0.0", 7, backlog=1000)
    asyncio.get_running_loop().add_reader(sys.stdin, forget)
    async with server:
        await server.serve_forever()


asyncio.run(main())
