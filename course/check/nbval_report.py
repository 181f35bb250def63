"""A pytest plugin that writes down what nbval found in each cell, so that it can be told in words.

pytest --nbval -p course.check.nbval_report --nbval-report=FILE.json notebook.ipynb
"""

import json
from pathlib import Path

import pytest

TIMED_OUT = "Timeout of"


def pytest_addoption(parser):
    """Add the option that names the file."""
    parser.addoption("--nbval-report", type=Path, help="file to write nbval's findings to, as JSON")


def pytest_configure(config):
    """Start with no findings."""
    config.nbval_findings = []


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Note what nbval found in a cell; after one that never ended, stop, since nothing after it can be trusted."""
    report = yield
    if call.when == "call":
        finding = describe(item, call, report)
        item.config.nbval_findings.append(finding)
        if finding["stopped_after"]:
            item.session.shouldfail = "a cell never ended"
    return report


def describe(item, call, report):
    """Return nbval's verdict on one cell, and what the cell printed, as plain data."""
    outputs = item.test_outputs or []
    message = str(call.excinfo.value) if call.excinfo else ""
    return {
        "id": item.cell.id,
        "passed": report.passed,
        "message": message,
        "stopped_after": item.config.option.nbval_cell_timeout if message.startswith(TIMED_OUT) else None,
        "difference": str(getattr(call.excinfo.value, "inner_traceback", "") or "") if call.excinfo else "",
        "stdout": "".join(output.text for output in outputs if output.get("name") == "stdout"),
        "stderr": "".join(output.text for output in outputs if output.get("name") == "stderr"),
        "error": next((f"{o.ename}: {o.evalue}" for o in outputs if o.output_type == "error"), ""),
    }


def pytest_sessionfinish(session):
    """Write the findings."""
    session.config.option.nbval_report.write_text(json.dumps(session.config.nbval_findings), "utf-8")
