"""The host as a process: print the port, serve, end quietly when told to or when the engine is gone."""

import os
import select
import signal
from concurrent import futures

import grpc

from tools.language_host import children
from tools.language_host.service import LanguageHost
from tools.language_host.stubs import language_pb2_grpc

# As the engine's own limit; program state can be large.
MAXIMUM_MESSAGE_BYTES = 400 * 1024 * 1024
# Each policy pack and component package keeps one thread for as long as it runs.
THREADS = 64
PARENT_CHECK_SECONDS = 2.0

_ENDING = (signal.SIGINT, signal.SIGTERM)


def serve(engine_address: str) -> None:
    """Serve the engine until it signals SIGINT or SIGTERM, or has died. Does not return."""
    parent = os.getppid()
    told, tell = os.pipe()
    os.set_blocking(tell, False)  # what set_wakeup_fd asks for
    signal.set_wakeup_fd(tell)
    for number in _ENDING:
        signal.signal(number, lambda *_: None)
    # The engine interrupts the host's whole process group. Threads, and so the processes they start, inherit
    # this mask: a program must not die of the signal with a traceback, the host ends it (children.stop_all).
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    server = grpc.server(
        futures.ThreadPoolExecutor(THREADS),
        options=[
            ("grpc.max_receive_message_length", MAXIMUM_MESSAGE_BYTES),
            ("grpc.max_send_message_length", MAXIMUM_MESSAGE_BYTES),
        ],
    )
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(LanguageHost(engine_address), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    print(port, flush=True)
    while os.getppid() == parent and not select.select([told], [], [], PARENT_CHECK_SECONDS)[0]:
        pass
    children.stop_all()
    # Not sys.exit: it would wait for the worker threads.
    os._exit(0)
