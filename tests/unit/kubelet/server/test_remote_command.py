"""How the end of a command is told to a client."""

import asyncio

import pytest

from kubewheel.kubelet.runtime import RuntimeFailure, Streams
from kubewheel.kubelet.server import remote_command


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        pytest.param(0, {"metadata": {}, "status": "Success"}, id="success"),
        pytest.param(
            7,
            {"metadata": {}, "status": "Failure", "reason": "NonZeroExitCode",
             "message": "command terminated with non-zero exit code: exit status 7",
             "details": {"causes": [{"reason": "ExitCode", "message": "7"}]}},
            id="exit-code",
        ),
    ],
)
def test_exit_codes(code, expected):
    assert remote_command.exited(code) == expected


async def test_a_failure_inside_a_group_of_tasks_is_told():
    async def run(streams):
        async with asyncio.TaskGroup() as group:
            group.create_task(_fail())

    async def _fail():
        raise RuntimeFailure("no such program")

    command = remote_command.Command(remote_command.Wanted(stdout=True), run, "error executing command")
    status = await remote_command.outcome(command, Streams())
    assert status["message"] == "Internal error occurred: error executing command: no such program"
