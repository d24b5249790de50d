"""Bare uvicorn: reads the request and sends the bytes of a file named by the path, and nothing else."""

import os
from pathlib import Path

import uvicorn

BODIES = {f"/{file.stem}": file.read_bytes() for file in Path(os.environ["BENCH_BODIES"]).glob("*.json")}


async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    while (await receive()).get("more_body"):
        pass
    body = BODIES.get(scope["path"], b"{}")
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


if __name__ == "__main__":
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=int(os.environ["PORT"]),
        loop="uvloop",
        http="httptools",
        log_level="warning",
        access_log=False,
        lifespan="off",
    )
