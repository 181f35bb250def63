"""Chapter 19. Starting: run one function in several processes of this machine, and bring home what they return.

Each process starts a fresh Python and imports the function, so the function must live in a module. A program that
calls `in_processes` when it is imported would start itself again: put the call under `if __name__ == "__main__":`.
Notebooks need no such line.
"""

import contextlib
import os
import pickle
import sys
import tempfile
import time
import traceback
from datetime import timedelta
from pathlib import Path

import torch
import torch.distributed as dist
import torch.multiprocessing

from mha_lib.training import processes

LOOPBACK = {"linux": "lo", "darwin": "lo0"}  # what each system calls its way from the machine to itself


def in_processes(function, count, *arguments, timeout=120):
    """Return what `function(*arguments)` returns in each of `count` processes: a list, process 0 first.

    The processes form a group of `torch.distributed`: nccl if each of them can have a GPU of its own, else gloo. They
    meet in a file, at no port, and compute on one thread each. What they print is dropped.
    Raises ValueError for fewer than 1 process, RuntimeError with the traceback of the first process that fails, and
    TimeoutError if they are not done after `timeout` seconds. No process is left behind.
    """
    if count < 1:
        raise ValueError(f"there must be at least 1 process, got {count}")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        given = (count, folder, timeout, function, arguments)
        started = torch.multiprocessing.start_processes(member, given, count, join=False, start_method="spawn")
        try:
            wait_for(started, function, timeout)
        except torch.multiprocessing.ProcessRaisedException as raised:
            raise RuntimeError(first_error(folder) or str(raised)) from None
        finally:
            for process in started.processes:
                process.kill()
                process.join()
        return [pickle.loads((folder / f"{rank}.pickle").read_bytes()) for rank in range(count)]


def wait_for(started, function, timeout):
    """Wait until all processes are done, or raise TimeoutError."""
    end = time.monotonic() + timeout
    while not started.join(timeout=max(0.0, end - time.monotonic())):
        if time.monotonic() >= end:
            raise TimeoutError(f"{function.__name__} was not done in {timeout} seconds; is somebody waiting in vain?")


def member(rank, count, folder, timeout, function, arguments):
    """Join the group as process `rank`, run the function, and leave what it returns in the folder."""
    quiet()
    torch.set_num_threads(1)
    os.environ |= {"LOCAL_RANK": str(rank), "LOCAL_WORLD_SIZE": str(count)}
    if sys.platform in LOOPBACK:
        os.environ.setdefault("GLOO_SOCKET_IFNAME", LOOPBACK[sys.platform])
    place = processes.device()
    if place.type == "cuda":
        torch.cuda.set_device(place)
    store = dist.FileStore(str(folder / "meeting"), count)
    patience = timedelta(seconds=timeout)
    backend = "nccl" if place.type == "cuda" else "gloo"
    dist.init_process_group(backend, store=store, rank=rank, world_size=count, timeout=patience)
    try:
        (folder / f"{rank}.pickle").write_bytes(pickle.dumps(function(*arguments)))
    except Exception:
        keep_error(folder, rank)
        raise
    finally:
        dist.destroy_process_group()


def keep_error(folder, rank):
    """Leave the traceback of this process in the folder, unless another process failed before.

    When one process ends, the others fail too: of a lost connection, which explains nothing.
    """
    with contextlib.suppress(FileExistsError), (folder / "error").open("x", encoding="utf-8") as file:
        file.write(f"process {rank} failed:\n{traceback.format_exc()}")


def first_error(folder):
    """Return the traceback of the process that failed first, or nothing."""
    kept = folder / "error"
    return kept.read_text("utf-8") if kept.exists() else ""


def quiet():
    """Send what this process and the libraries under it print nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
