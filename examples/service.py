"""A service on a socket, and three clients that ask it at the same time.

It fails in answer for one of them; no connection is lost while you mend it.
Change   int(text)   to   float(text)   in answer.
"""

import asyncio


async def answer(text):
    await asyncio.sleep(0.01)
    return f"{int(text) * 2:g}"


async def serve(reader, writer):
    while line := await reader.readline():
        writer.write(f"{await answer(line.decode().strip())}\n".encode())
        await writer.drain()
    writer.close()


async def ask(port, texts):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answers = []
    for text in texts:
        writer.write(f"{text}\n".encode())
        answers.append((await reader.readline()).decode().strip())
    writer.close()
    await writer.wait_closed()
    return answers


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    clients = [ask(port, texts) for texts in (["1", "2"], ["3", "4.5"], ["5", "6"])]
    for answers in await asyncio.gather(*clients):
        print("answers:", *answers, flush=True)
    server.close()


if __name__ == "__main__":
    asyncio.run(main())
