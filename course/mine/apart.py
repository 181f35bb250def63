"""A reader's code in a process of its own: one that never ends, or ends Python, loses nothing but itself.

A server without anything of the reader's starts these processes where the system has such a thing; it has loaded
what answers need, so that they begin at once.
"""

import multiprocessing
import os

METHOD = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
TIME, DIED = "time", "died"
GRACE = 2  # seconds to leave in after the answer


def prepare(*modules):
    """Tell the server what to load before the first process."""
    if METHOD == "forkserver":
        multiprocessing.get_context(METHOD).set_forkserver_preload(list(modules))


def apart(function, argument, seconds):
    """Return (what a function makes of an argument in its own process, None), or (None, TIME or DIED).

    What it prints is lost. It is ended after so many seconds.
    """
    context = multiprocessing.get_context(METHOD)
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=alone, args=(function, argument, there), daemon=True)
    process.start()
    there.close()
    try:
        if not here.poll(seconds):
            return None, TIME
        value = here.recv()
        process.join(GRACE)  # so that it can give back what it holds of the system
        return value, None
    except EOFError:
        return None, DIED
    finally:
        process.kill()
        process.join()
        here.close()


def alone(function, argument, line):
    """Call the function in this process, which is its own, and send what comes."""
    with open(os.devnull, "w") as nowhere:
        for stream in (1, 2):
            os.dup2(nowhere.fileno(), stream)
        line.send(function(argument))


def ended(why, seconds):
    """Return the words for what was ended, or ended itself."""
    if why == TIME:
        return f"it did not come to an end within {seconds:g} seconds. Which loop never ends?"
    return "it ends the Python that it runs in"
