"""Where a stranger's code runs: bubblewrap by default, a container, or, said aloud, no sandbox at all."""

import os
import shlex
import sys
from dataclasses import dataclass

from course.grade import sandbox, seccomp
from course.grade.box import popen

UNSAFE = "NONE: graded without a sandbox"


@dataclass(frozen=True)
class Bubblewrap:
    """The default: bubblewrap as an ordinary user."""

    @property
    def name(self):
        """Return what every report says of where the code ran."""
        return sandbox.describe()

    def start(self):
        """Return the started child."""
        if not seccomp.is_known():
            return popen(sandbox.command())
        calls = seccomp.open_program()
        try:
            return popen(sandbox.command(calls), pass_fds=[calls])
        finally:
            os.close(calls)


@dataclass(frozen=True)
class Container:
    """A container, for hosts that forbid bubblewrap. `image` has this book's Python packages and nothing of the book.

    `program` is the container tool and its options of the host, such as "docker" or "podman --remote".
    """

    image: str
    program: str = "docker"

    @property
    def name(self):
        """Return what every report says of where the code ran."""
        return f"{self.program} {self.image}"

    def command(self):
        """Return the command line: no network, no rights, nothing to write to, the child's folder read-only."""
        inside = f"type=bind,source={sandbox.INSIDE},target={sandbox.SEEN_AS},readonly"
        bounds = ["--network=none", "--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges", "--ipc=none"]
        bounds += [f"--user={sandbox.NOBODY}:{sandbox.NOBODY}", "--memory=4g", "--memory-swap=4g", "--pids-limit=64"]
        variables = [f"--env={name}={value}" for name, value in sandbox.ENVIRONMENT.items()]
        start = f"import sys; sys.path.insert(0, {str(sandbox.SEEN_AS.parent)!r}); "
        start += "from inside.child import main; main()"
        python = ["python", "-s", "-P", "-B", "-c", start]
        head = [*shlex.split(self.program), "run", "--rm", "--interactive", "--pull=never", "--init"]
        return [*head, *bounds, f"--mount={inside}", *variables, self.image, *python]

    def start(self):
        """Return the started child."""
        return popen(self.command())


@dataclass(frozen=True)
class Nowhere:
    """No sandbox: limits, and nothing else. For code that you trust."""

    name: str = UNSAFE

    def start(self):
        """Return the started child."""
        command = sandbox.child(sandbox.INSIDE.parent)
        command[0] = sys.executable
        return popen(command, env={**sandbox.ENVIRONMENT, "PATH": os.environ.get("PATH", "")})
