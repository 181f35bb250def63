"""What a chapter's page defines, to be held against the library: its classes and functions, with what they use."""

import ast

import numpy as np
import torch

import mha_lib as mha
import mha_lib.nn
from course.build.chapter import parse
from course.notebook.cells import code_cells, role
from course.project import ROOT, find

DEFINES = (ast.ClassDef, ast.FunctionDef, ast.Import, ast.ImportFrom)


def defined_on(number, **given):
    """Return the names that a chapter's page defines or imports, and those given: the reader's functions, say.

    The classes and functions of the page are run in order, answers left out: name -> what it is.
    """
    names = {"np": np, "torch": torch, "mha": mha, **given}
    for cell in code_cells(parse(find(ROOT, number))):
        if role(cell) != "answer":
            kept = [node for node in ast.parse(cell.source).body if isinstance(node, DEFINES)]
            exec(compile(ast.Module(kept, []), f"<chapter {number}>", "exec"), names)
    return names
