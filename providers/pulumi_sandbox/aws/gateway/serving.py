"""What a data plane runs on: the listeners of its ports, and threads for what is waited for."""

from concurrent.futures import ThreadPoolExecutor

from pulumi_sandbox.aws.gateway.listeners import Listeners


class Serving:
    """Listeners and threads, from its making to ``stop``."""

    def __init__(self, name: str, threads: int) -> None:
        """Starts both; the threads have the name."""
        self.listeners = Listeners()
        self.threads = ThreadPoolExecutor(threads, thread_name_prefix=name)

    def stop(self) -> None:
        """Close all ports, and begin nothing that still waits for a thread."""
        self.listeners.stop()
        self.threads.shutdown(wait=False, cancel_futures=True)
