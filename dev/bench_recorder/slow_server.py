"""An HTTP server that answers as late as it was last told to on standard input, in seconds; it tells when that counted."""
import asyncio, sys, time

delay = 0.0


async def serve(reader, writer):
    try:
        await reader.readuntil(b"\r\n\r\n")
        await asyncio.sleep(delay)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
        await writer.drain()
    except (OSError, asyncio.IncompleteReadError):
        pass
    finally:
        writer.close()


def told():
    global delay
    delay = float(sys.stdin.readline())
    print(time.monotonic(), flush=True)


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 9000, backlog=1000)
    asyncio.get_running_loop().add_reader(sys.stdin, told)
    async with server:
        await server.serve_forever()


asyncio.run(main())
