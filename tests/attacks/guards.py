"""Every guard of the grader, how it is broken, and the test that then fails.

`python -m tests.attacks.sabotage` breaks each in a copy of the repository and runs its test, which must fail; name a
guard, or a part of its name, to try only that. A new guard gets a line here. `tests/attacks/test_guards.py` holds that
no line is out of date.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Guard:
    """What is forbidden, and where; `right` stands once in the file, `wrong` in its place breaks the guard."""

    what: str
    path: str
    right: str
    wrong: str
    test: str


LIMITS, CHILD, ANSWERS = (f"course/grade/inside/{name}.py" for name in ("limits", "child", "answers"))
WIRE, ANSWERING, SANDBOX = "course/grade/inside/wire.py", "course/grade/inside/answering.py", "course/grade/sandbox.py"
PLACES, SECCOMP, PROBE, BOX = (f"course/grade/{name}.py" for name in ("places", "seccomp", "probe", "box"))
SESSION, MARKING, GRADING, THINGS = (f"course/grade/{name}.py" for name in ("session", "marking", "grading", "things"))
FILES, RUN, SETTINGS, ORDER = (f"course/grade/{name}.py" for name in ("submission", "run", "settings", "order"))
RESULTS, FEEDBACK, QUESTIONS, MAIN = (
    f"course/grade/{name}.py" for name in ("results", "feedback", "questions", "__main__")
)
LIBRARY = "course/grade/library.py"

ALONE, POOL, PARTS, WHOLE = (f"tests/course/grade/test_{name}.py::test_" for name in ("guards", "pool", "parts", "run"))
STAND_INS = "tests/course/grade/test_stand_ins.py::test_"
ATTACKS, EACH = "tests/attacks/test_attacks.py::test_", "tests/course/grade/test_exercises.py::test_"
CLOSED = WHOLE + "the_self_test_finds_a_door_that_is_left_open"
NO_FILTER = ALONE + "every_door_is_closed_even_without_the_filter"
LINE = PARTS + "the_sandbox_has_no_network_no_rights_and_sees_one_folder_of_the_repository"
EVERY_LIMIT = ALONE + "every_limit_is_set_where_an_answer_runs"
BESIDE = ALONE + "an_answer_has_all_its_memory_beside_what_is_loaded"

OF_AN_ANSWER = (
    Guard("processor time", LIMITS, "(resource.RLIMIT_CPU, SECONDS + 1),", "", EVERY_LIMIT),
    Guard("memory", LIMITS, "(resource.RLIMIT_AS, taken + MEMORY),", "", EVERY_LIMIT),
    Guard("memory beside what is loaded", CHILD, "taken = limits.mapped()", "taken = 1 << 40", BESIDE),
    Guard("open files", LIMITS, "(resource.RLIMIT_NOFILE, FILES),", "", EVERY_LIMIT),
    Guard("bytes in files", LIMITS, "(resource.RLIMIT_FSIZE, FILE_BYTES),", "", EVERY_LIMIT),
    Guard("processes and threads", LIMITS, "(resource.RLIMIT_NPROC, PROCESSES),", "", EVERY_LIMIT),
    Guard("core dumps", LIMITS, "(resource.RLIMIT_CORE, 0),", "", EVERY_LIMIT),
    Guard("limits cannot be raised", LIMITS, "(most, most)", "(most, resource.getrlimit(what)[1])", EVERY_LIMIT),
    Guard("life after the parent", LIMITS, "    end_with_parent()\n", "", ALONE + "an_answer_ends_with_its_parent"),
    Guard("tracing", CHILD, "    limits.forbid_tracing()\n", "", ALONE + "no_process_can_look_into_another"),
    Guard("wall clock", CHILD, "+ limits.SECONDS,", "+ 3 * limits.SECONDS,", ALONE + "an_answer_that_sleeps_is_ended"),
    Guard("output", CHILD, "passed > limits.ANSWER_BYTES", "False", ALONE + "an_answer_that_sends_too_much_is_cut_off"),
    Guard(
        "the line to the grader",
        CHILD,
        "(up, down, line.incoming, line.outgoing)",
        "(up, down)",
        ALONE + "an_answer_holds_no_line_but_its_own_and_prints_to_nowhere",
    ),
    Guard(
        "what is printed",
        CHILD,
        "        os.dup2(nowhere, descriptor)",
        "        pass",
        ALONE + "an_answer_holds_no_line_but_its_own_and_prints_to_nowhere",
    ),
    Guard(
        "a process for each answer",
        CHILD,
        "os.kill(process, signal.SIGKILL)",
        "pass",
        ALONE + "an_answer_that_sleeps_is_ended",
    ),
)

OF_THE_SANDBOX = (
    Guard("namespaces: network, processes, files", SANDBOX, '"--unshare-all"', '"--unshare-user"', NO_FILTER),
    Guard("the sandbox ends with the grader", SANDBOX, '"--unshare-all", "--die-with-parent"', '"--unshare-all"', LINE),
    Guard(
        "root's sandbox ends with it too",
        SANDBOX,
        '        "--unshare-pid",\n',
        "",
        ALONE + "a_box_that_is_closed_leaves_nothing_even_if_it_was_stopped",
    ),
    Guard(
        "the grader's end is root's sandbox's",
        SANDBOX,
        '        "bwrap",\n        "--die-with-parent",\n',
        '        "bwrap",\n',
        ALONE + "when_the_grader_is_killed_its_sandbox_ends_even_if_it_was_stopped",
    ),
    Guard("a session of its own", SANDBOX, '"--new-session", ', "", LINE),
    Guard("the environment", SANDBOX, '"--clearenv", ', "", CLOSED),
    Guard("rights", SANDBOX, ', "--cap-drop", "ALL"', "", LINE),
    Guard("read-only root", SANDBOX, '"--remount-ro", "/", ', "", CLOSED),
    Guard("read-only packages", SANDBOX, 'return [*parents, "--ro-bind"', 'return [*parents, "--bind"', LINE),
    Guard(
        "namespaces within",
        SANDBOX,
        '["--unshare-user", "--disable-userns"] if',
        "[] if",
        ALONE + "an_answer_makes_no_namespace_even_without_the_filter",
    ),
    Guard("root is dropped", SANDBOX, "return [*without_root(), *start,", "return [*start,", LINE),
    Guard(
        "root's groups are dropped",
        SANDBOX,
        '"--clear-groups", ',
        '"--keep-groups", ',
        ALONE + "roots_groups_are_dropped_too",
    ),
    Guard(
        "the book's packages are covered",
        SANDBOX,
        "if inside else []",
        "if not path else []",
        ALONE + "a_library_that_lies_in_what_is_shown_is_covered",
    ),
    Guard(
        "one folder of the repository",
        SANDBOX,
        '*folder("/grader"), "--ro-bind"',
        '"--ro-bind", str(ROOT), str(ROOT), *folder("/grader"), "--ro-bind"',
        CLOSED,
    ),
    Guard(
        "calls of the kernel",
        PLACES,
        "if not seccomp.is_known():",
        "if True:",
        ALONE + "each_denied_call_fails_inside_and_some_would_not_without_the_filter",
    ),
    Guard("sockets", SECCOMP, '    "socket": (41, 198),\n', "", ALONE + "no_kind_of_socket_is_had"),
    Guard(
        "clone with namespaces",
        SECCOMP,
        "(ANY_BIT, 0, 1, NEW_NAMESPACES)",
        "(ANY_BIT, 0, 1, 0)",
        ALONE + "clone_makes_no_namespace",
    ),
    Guard(
        "clone3",
        SECCOMP,
        "(RETURN, 0, 0, ENOSYS)",
        "(RETURN, 0, 0, ALLOW)",
        ALONE + "each_denied_call_fails_inside_and_some_would_not_without_the_filter",
    ),
    Guard(
        "calls of another machine",
        SECCOMP,
        "(RETURN, 0, 0, KILL)",
        "(RETURN, 0, 0, ALLOW)",
        ALONE + "the_filter_ends_calls_of_another_machine_and_of_x32",
    ),
    Guard(
        "calls of x32",
        SECCOMP,
        "(AT_LEAST, 0, 1, OTHER_ABI), (RETURN, 0, 0, EPERM)",
        "(AT_LEAST, 0, 1, OTHER_ABI), (RETURN, 0, 0, ALLOW)",
        ALONE + "the_filter_ends_calls_of_another_machine_and_of_x32",
    ),
    Guard(
        "no filter, and it is told",
        SANDBOX,
        "if seccomp.is_known() else",
        "if True else",
        ALONE + "a_machine_without_a_filter_is_told_in_every_report",
    ),
    Guard(
        "a container without network",
        PLACES,
        '"--network=none", ',
        "",
        PARTS + "the_container_has_the_same_child_and_no_more_rights",
    ),
    Guard(
        "the self-test comes first",
        PROBE,
        "    if opened:",
        "    if False:",
        ALONE + "one_open_door_stops_all_and_is_named",
    ),
    Guard(
        "a self-test that is lost",
        PROBE,
        "if not isinstance(told, dict):",
        "if False:",
        ALONE + "a_self_test_that_does_not_come_back_stops_all",
    ),
    Guard(
        "nothing without a sandbox",
        MAIN,
        "    if reason:",
        "    if False:",
        WHOLE + "without_a_sandbox_nothing_is_graded",
    ),
    Guard(
        "the unsafe flag is told",
        PLACES,
        "NONE: graded without a sandbox",
        "bubblewrap",
        WHOLE + "the_unsafe_flag_is_told_in_every_output",
    ),
)

OF_WHAT_COMES_BACK = (
    Guard(
        "a silent child",
        BOX,
        "max(0.0, deadline - time.monotonic())",
        "None",
        ALONE + "a_child_that_is_silent_or_talks_without_end_is_given_up",
    ),
    Guard(
        "a message without end",
        WIRE,
        "    if length > limit:",
        "    if False:",
        ALONE + "a_child_that_is_silent_or_talks_without_end_is_given_up",
    ),
    Guard(
        "a child that dies is replaced",
        SESSION,
        '            answer.end = "died"\n            self.close()',
        '            answer.end = "died"',
        ALONE + "a_child_that_dies_costs_one_answer_and_is_replaced",
    ),
    Guard("depth", WIRE, "depth > MAX_DEPTH + 1 or", "False or", ALONE + "a_bomb_of_bytes_is_refused"),
    Guard("number of parts", WIRE, "or self.items > MAX_ITEMS:", "or False:", ALONE + "a_bomb_of_bytes_is_refused"),
    Guard("digits", WIRE, "    if len(data) > MAX_DIGITS:", "    if False:", ALONE + "a_bomb_of_bytes_is_refused"),
    Guard("keys", WIRE, "        if type(key) is not str:", "        if False:", ALONE + "a_bomb_of_bytes_is_refused"),
    Guard(
        "types of arrays",
        WIRE,
        '"<c8", "<c16")',
        '"<c8", "<c16", "|O")',
        ALONE + "arrays_of_objects_have_no_way_over_the_wire",
    ),
    Guard(
        "a leaf fails in one way",
        WIRE,
        "(ValueError, struct.error, IndexError, TypeError)",
        "struct.error",
        PARTS + "no_bytes_break_the_reader",
    ),
    Guard(
        "no unpickling",
        WIRE,
        "import struct\n",
        "import struct\nimport pickle\n",
        ALONE + "the_grader_neither_unpickles_nor_runs_what_it_reads",
    ),
    Guard(
        "classes",
        THINGS,
        "if not is_ours(like) or",
        "if False and",
        ALONE + "only_the_object_that_is_wanted_is_made_anew",
    ),
    Guard(
        "attributes",
        THINGS,
        "value.state.keys() != vars(like).keys() or",
        "",
        ALONE + "only_the_object_that_is_wanted_is_made_anew",
    ),
    Guard(
        "sizes",
        QUESTIONS,
        "np.size(value) <= MAX_NUMBERS and",
        "",
        PARTS + "a_strangers_value_is_bounded_before_it_is_used",
    ),
    Guard(
        "numbers that are sizes",
        QUESTIONS,
        " and whole(value)",
        "",
        PARTS + "a_strangers_value_is_bounded_before_it_is_used",
    ),
    Guard(
        "questions",
        QUESTIONS,
        "0 <= number < len(functions)",
        "number < len(functions)",
        PARTS + "a_question_to_no_function_gets_no_answer",
    ),
)

OF_THE_MARK = (
    Guard(
        "no answer, no points",
        MARKING,
        "if not answer.found or (",
        "if False and (",
        ALONE + "half_an_answer_gets_nothing",
    ),
    Guard(
        "half an answer, no points",
        MARKING,
        'if answer.end == "done" and len(answer.outcomes) < len(probes):',
        "if False:",
        ALONE + "half_an_answer_gets_nothing",
    ),
    Guard(
        "an end by force, no points",
        MARKING,
        "    if answer.end in ENDS:\n        return refused",
        "    if False:\n        return refused",
        ALONE + "half_an_answer_gets_nothing",
    ),
    Guard(
        "an answer that trips the judge",
        GRADING,
        "except Exception as error:  # one answer",
        "except OSError as error:  # one answer",
        ALONE + "an_answer_that_trips_the_judge_gets_nothing_and_stops_nobody",
    ),
    Guard(
        "hidden inputs stay hidden",
        GRADING,
        "careful(item, session.ask(job_for(item, cells, PUBLIC)), PUBLIC)",
        "graded",
        ALONE + "no_page_tells_a_graded_input",
    ),
    Guard(
        "the seed decides",
        MARKING,
        "for probe in probes_for(item.exercise, seed)]",
        "for probe in probes_for(item.exercise, PUBLIC)]",
        ALONE + "another_seed_draws_other_inputs",
    ),
    Guard(
        "a stub never wins",
        ANSWERS,
        "if not is_stub(node) or defined(node) not in written",
        "",
        PARTS + "the_last_definition_that_is_no_stub_is_the_answer",
    ),
    Guard(
        "only definitions are run",
        ANSWERS,
        "if isinstance(node, KEPT) or is_constant(node)]",
        "]",
        PARTS + "the_last_definition_that_is_no_stub_is_the_answer",
    ),
    Guard(
        "only what is used is run",
        ANSWERS,
        "if defined(node) in used or brings",
        "if True or brings",
        PARTS + "an_import_is_no_answer_and_no_other_statement_is_run",
    ),
    Guard(
        "an import is no answer",
        ANSWERS,
        "if name in {defined(node) for _, node in statements} else None",
        "",
        PARTS + "an_import_is_no_answer_and_no_other_statement_is_run",
    ),
    Guard(
        "the answer is not lent",
        LIBRARY,
        "if not answers & closure(name)",
        "",
        EACH + "what_is_lent_holds_neither_the_answer_nor_what_is_built_on_it",
    ),
    Guard(
        "no part that holds the answer is lent",
        LIBRARY,
        "if not answers & closure(home(name))",
        "",
        STAND_INS + "an_earlier_exercise_that_calls_a_later_one_is_not_lent_for_that",
    ),
    Guard(
        "no part that comes later is lent",
        LIBRARY,
        "known[: known.index(exercise_id)] if not isinstance",
        "known if not isinstance",
        STAND_INS + "no_part_comes_later_or_holds_the_answer",
    ),
    Guard(
        "the answer is no part of itself",
        ANSWERS,
        "if each != name}",
        "}",
        STAND_INS + "the_answer_itself_is_never_the_books",
    ),
    Guard(
        "inputs that are changed",
        ANSWERING,
        "!= before}",
        "is None}",
        ALONE + "an_answer_that_changes_its_inputs_is_told_from_one_that_does_not",
    ),
)

OF_FILES_AND_TABLES = (
    Guard(
        "size of a file",
        FILES,
        "    if kind.st_size > MAX_BYTES:",
        "    if False:",
        ALONE + "a_file_is_read_up_to_its_limits",
    ),
    Guard(
        "number of cells",
        FILES,
        '    if len(notebook["cells"]) > MAX_CELLS:',
        "    if False:",
        ALONE + "a_file_is_read_up_to_its_limits",
    ),
    Guard(
        "links and pipes",
        FILES,
        "    if not stat.S_ISREG(kind.st_mode):",
        "    if False:",
        ALONE + "links_and_pipes_are_not_followed",
    ),
    Guard(
        "links made meanwhile",
        FILES,
        " | os.O_NOFOLLOW",
        "",
        ALONE + "what_came_between_looking_and_opening_is_no_link",
    ),
    Guard(
        "links to folders",
        FILES,
        "entry.is_dir(follow_symlinks=False)",
        "entry.is_dir()",
        ALONE + "a_link_to_a_folder_is_not_searched",
    ),
    Guard(
        "JSON that is too deep",
        FILES,
        "(ValueError, RecursionError)",
        "ValueError",
        ALONE + "a_file_that_is_no_notebook_is_told",
    ),
    Guard(
        "format", FILES, 'if notebook.get("nbformat") != 4:', "if False:", ALONE + "a_file_that_is_no_notebook_is_told"
    ),
    Guard(
        "names of files",
        FILES,
        "    if SAFE.fullmatch(name):",
        "    if True:",
        PARTS + "another_name_becomes_harmless_and_stays_apart",
    ),
    Guard("two names alike", FILES, "return distinct([", "return list([", ALONE + "no_two_submissions_share_a_name"),
    Guard(
        "late", FILES, "self.stamp > deadline", "False", PARTS + "a_name_says_whose_a_file_is_and_when_it_was_handed_in"
    ),
    Guard(
        "late work does not count before other",
        RESULTS,
        "(not row.late, row",
        "(row",
        ALONE + "of_late_files_the_last_counts_only_if_there_is_none_in_time",
    ),
    Guard(
        "formulas in tables",
        RESULTS,
        "cell.startswith(FORMULA)",
        "False",
        PARTS + "no_cell_of_a_table_begins_a_formula",
    ),
    Guard(
        "markup in pages",
        FEEDBACK,
        "return html.escape(",
        "return str(",
        ALONE + "a_strangers_text_is_escaped_and_cannot_steer_a_page",
    ),
    Guard(
        "control characters in pages",
        FEEDBACK,
        '("Cc", "Cf", "Cs", "Co")',
        "()",
        ALONE + "a_strangers_text_is_escaped_and_cannot_steer_a_page",
    ),
    Guard(
        "a policy against scripts", FEEDBACK, "default-src 'none'; ", "", ALONE + "a_page_forbids_what_it_does_not_need"
    ),
)

OF_A_RUN = (
    Guard(
        "marks are kept",
        RUN,
        "            keep(out, each, result)\n",
        "",
        POOL + "a_file_that_changes_is_graded_again_and_only_that",
    ),
    Guard(
        "only for the same bytes",
        RUN,
        'f"{each.id}-{digest[:24]}.json"',
        'f"{each.id}.json"',
        POOL + "a_file_that_changes_is_graded_again_and_only_that",
    ),
    Guard(
        "whole or not at all",
        RUN,
        "    os.replace(half, path)",
        "    path.write_text(text)",
        ALONE + "a_file_is_written_whole_or_not_at_all",
    ),
    Guard(
        "no mark without grading",
        RUN,
        '    if result["hash"]:',
        "    if True:",
        ALONE + "what_cannot_be_graded_is_not_kept_as_if_it_were",
    ),
    Guard(
        "a worker that is killed",
        RUN,
        "    except BrokenProcessPool:\n        for each",
        "    except OSError:\n        for each",
        POOL + "a_worker_that_is_killed_costs_nobody_a_point",
    ),
    Guard(
        "workers that are killed again",
        RUN,
        "    except BrokenProcessPool:\n        return",
        "    except OSError:\n        return",
        POOL + "where_every_worker_is_killed_it_is_told_and_the_same_command_grades_them_later",
    ),
    Guard(
        "workers end with the grader",
        RUN,
        ", limits.end_with_parent)",
        ")",
        POOL + "a_grader_that_is_killed_leaves_no_worker_and_goes_on_where_it_was",
    ),
    Guard(
        "a file that trips the grader",
        RUN,
        "    except Exception as error:\n",
        "    except OSError as error:\n",
        ALONE + "a_file_that_trips_the_grader_costs_itself_alone",
    ),
    Guard(
        "one kind of marks in a folder",
        SETTINGS,
        "    if differs:",
        "    if False:",
        ALONE + "results_of_two_kinds_are_not_mixed",
    ),
    Guard("a fresh seed", SETTINGS, "secrets.randbits(63)", "0", ALONE + "a_seed_that_is_not_given_is_fresh_and_kept"),
    Guard(
        "the form of a deadline",
        ORDER,
        "    if order.deadline and not",
        "    if False and not",
        ALONE + "a_deadline_of_another_form_is_refused",
    ),
)

GUARDS = OF_AN_ANSWER + OF_THE_SANDBOX + OF_WHAT_COMES_BACK + OF_THE_MARK + OF_FILES_AND_TABLES + OF_A_RUN
