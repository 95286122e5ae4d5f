"""The rule of OpenShift's disruption sampler, re-implemented: a request every second on a new connection, 10 s for all of it, 5 s for
the connection (openshift/origin, pkg/disruption/backend). Lines on standard output: target, start, 1 or 0."""
import asyncio, sys, time


async def ask(target, address, port):
    start = time.monotonic()
    writer = None
    try:
        async with asyncio.timeout(10):
            async with asyncio.timeout(5):
                reader, writer = await asyncio.open_connection(address, port)
            writer.write(f"GET / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n".encode())
            good = (await reader.readline()).startswith(b"HTTP/1.1 200") and bool(await reader.read())
    except (OSError, TimeoutError):
        good = False
    finally:
        if writer:
            writer.close()
    print(target, start, int(good), flush=True)


async def main(targets):
    tasks, due = set(), time.monotonic()
    while True:
        for name, address, port in targets:
            task = asyncio.create_task(ask(name, address, int(port)))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        due += 1
        await asyncio.sleep(max(0, due - time.monotonic()))


asyncio.run(main([target.split(",") for target in sys.argv[1:]]))
