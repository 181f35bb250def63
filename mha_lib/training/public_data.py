"""Chapters 9, 10, 12 and 13, with a bigger machine: public data sets, read from a local folder in their own form.

Nothing is downloaded. Each function takes the folder into which you have unpacked a data set, and says what it looked
for and where it can be had if it isn't there. Each returns an iterator, so that a set larger than memory can be read;
`list` makes a list of it. A line that is not as it should be is an error that names the file and the line.

| set | parts, with the number of examples that its authors give | from |
| --- | --- | --- |
| WMT 2014, English and German | train 4.5 million pairs, newstest2014 3,003 | Bojar et al., 2014 |
| Tatoeba, by language pair | grows; English and French above 200,000 pairs | the Tatoeba project |
| WikiText-103 | train 28,475 articles of 103 million words, valid 60, test 60 | Merity et al., 2017, table 1 |
| SQuAD 1.1 | train 87,599 questions, dev 10,570 | Rajpurkar et al., 2016 |
| SST-2, as in GLUE | train 67,349 phrases and sentences, dev 872 | Socher et al., 2013; Wang et al., 2019 |
| CNN/DailyMail | train 287,226, validation 13,368, test 11,490 | Nallapati et al., 2016; See et al., 2017, section 4 |

`size` counts what is read, so that you can compare.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path

WHERE = {
    "parallel text": "the web site of a year's Conference on Machine Translation (WMT), or from the OPUS collection",
    "Tatoeba": "the Tatoeba project's downloads, or as tab-separated pairs from ManyThings.org",
    "WikiText-103": "the WikiText page of Salesforce Research: the archive of the raw, character-level version",
    "SQuAD 1.1": "the SQuAD explorer, the data set's home page, version 1.1",
    "SST-2": "the GLUE benchmark's home page, under Tasks",
    "CNN/DailyMail": "the repository cnn-dailymail of Abigail See, then one JSON object a line for each story",
}
SLACK = 2  # how far in SQuAD a marked answer may stand from its text; some of the published ones are off


@dataclass(frozen=True)
class TextPair:
    """A text, its translation, and the code of the language to translate into: what `encode_pairs` takes."""

    source: str
    target: str
    language: str


@dataclass(frozen=True)
class Article:
    """An article of an encyclopedia: its title, and all of its text with line ends."""

    title: str
    text: str


@dataclass(frozen=True)
class Question:
    """A question on a context, and the answers that readers marked, each with the place where it starts.

    It can be given to `mha_lib.bert.question_answering.encode`, for which the first answer is the answer.
    """

    id: str
    context: str
    text: str
    answers: tuple[str, ...]
    starts: tuple[int, ...]

    @property
    def answer(self):
        """Return the first answer, a piece of the context."""
        return self.answers[0]

    @property
    def start(self):
        """Return where the first answer starts in the context."""
        return self.starts[0]

    @property
    def stop(self):
        """Return where it ends, exclusive."""
        return self.start + len(self.answer)


@dataclass(frozen=True)
class LabelledText:
    """A text and its label: 1 praises, 0 complains."""

    text: str
    label: int


@dataclass(frozen=True)
class Summary:
    """A long text and a short one that says what matters in it: what `text_to_text.small_tasks.prompt` takes."""

    source: str
    target: str
    id: str
    task: str = "summarise"


def parallel_text(folder, source_name, target_name, language):
    """Return an iterator of TextPair from two files of which each line translates the other's, as WMT gives them.

    source_name, target_name: files of the folder, as "news.en" and "news.de"   language: the target's code, as "de"

    Pairs of which a side is empty are left out; WMT's have some. Lines end at line feeds alone, or the files would
    come apart at rarer signs that stand within a line.
    Raises ValueError if a file is not there, is no UTF-8, or one has more lines than the other (while reading).
    """
    paths = needed("parallel text", folder, source_name, target_name)
    return _aligned(*paths, language)


def tab_separated(folder, name, language):
    """Return an iterator of TextPair from one file: source, tab, target on each line; further columns are left out.

    Raises ValueError if the file is not there or is no UTF-8, or a line has fewer than two columns (while reading).
    """
    (path,) = needed("Tatoeba", folder, name)
    return (TextPair(*columns[:2], language) for columns in _columns(path, at_least=2))


def wikitext(folder, part):
    """Return an iterator of the articles of WikiText-103. part: "train", "valid" or "test"

    The files are wiki.train.raw and so on. A line ` = Title = ` between empty lines begins an article; titles of its
    sections, with more signs, stay in the text. The authors put spaces around punctuation and write `@-@` for a hyphen
    within a word.
    Raises ValueError if the file is not there or is no UTF-8, or text stands before the first title (while reading).
    """
    (path,) = needed("WikiText-103", folder, f"wiki.{part}.raw")
    return _articles(path)


def squad(folder, part):
    """Return an iterator of the questions of SQuAD 1.1. part: "train" (one answer each) or "dev" (several)

    Where a marked place is off by one or two characters, as in some of the published ones, the answer's true place is
    given instead.
    Raises ValueError if the file is not there or no such JSON, or an answer is not where it should be (while reading).
    """
    (path,) = needed("SQuAD 1.1", folder, f"{part}-v1.1.json")
    return _questions(path, _json(path.read_text("utf-8"), path))


def sst2(folder, part):
    """Return an iterator of the labelled sentences of SST-2 in GLUE's form. part: "train" or "dev"

    GLUE keeps the labels of its test part to itself. The training part has phrases of sentences too.
    Raises ValueError if the file is not there, or a line is not a sentence, a tab and 0 or 1 (while reading).
    """
    (path,) = needed("SST-2", folder, f"{part}.tsv")
    return _labelled(path)


def summaries(folder, part):
    """Return an iterator of texts with their summaries, one JSON object a line. part: "train", "validation" or "test"

    The file is train.jsonl and so on; an object has "article", "highlights" (one sentence a line) and "id".
    Raises ValueError if the file is not there, or a line is no such object (while reading).
    """
    (path,) = needed("CNN/DailyMail", folder, f"{part}.jsonl")
    return (_summary(path, number, line) for number, line in lines(path))


def size(examples):
    """Return (examples, characters of all their texts) as two integers; an iterator is used up.

    >>> size([TextPair("good day", "bonjour", "fr"), TextPair("yes", "oui", "fr")])
    (2, 21)
    """
    count = characters = 0
    for example in examples:
        count += 1
        texts = [vars(example).get(name, "") for name in ("source", "target", "text", "context")]
        characters += sum(map(len, texts))
    return count, characters


def needed(name, folder, *names):
    """Return the paths of files in a folder. Raises ValueError that says what is missing and where it can be had."""
    paths = [Path(folder) / each for each in names]
    missing = [path.name for path in paths if not path.is_file()]
    if missing:
        there = "does not exist" if not Path(folder).is_dir() else f"has no file {' and no file '.join(missing)}"
        raise ValueError(
            f"the folder {folder} {there}. {name} is looked for as {', '.join(names)}. It can be had from "
            f"{WHERE[name]}; unpack it, and pass the folder that holds these files."
        )
    return paths


def lines(path):
    """Return an iterator of (number from 1, text) of a file's lines. Raises ValueError at a line that is no UTF-8."""
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                yield number, line.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
            except UnicodeDecodeError as error:
                raise ValueError(f"{path}, line {number}: is no UTF-8 ({error})") from error


def _aligned(source, target, language):
    ends = object()
    theirs = lines(target)
    for number, text in lines(source):
        _, translation = next(theirs, (number, ends))
        if translation is ends:
            raise ValueError(f"{target} has {number - 1} lines and {source} has more; line n of one translates line n")
        if text.strip() and translation.strip():
            yield TextPair(text.strip(), translation.strip(), language)
    more = sum(1 for _ in theirs)
    if more:
        raise ValueError(f"{target} has {more} lines more than {source}; line n of one translates line n of the other")


def _columns(path, at_least):
    for number, line in lines(path):
        columns = line.split("\t")
        if len(columns) < at_least:
            raise ValueError(f"{path}, line {number}: has {len(columns)} column, needs {at_least}, with a tab between")
        yield columns


def _articles(path):
    title, text, was_empty = None, [], True
    for number, line in lines(path):
        heading = re.fullmatch(r" = ([^=]+) = ", line) if was_empty else None
        if heading and title is not None:
            yield Article(title, "".join(text).strip())
        if heading:
            title, text = heading[1], []
        elif title is not None:
            text.append(line + "\n")
        elif line.strip():
            raise ValueError(f"{path}, line {number}: text before the first title, which is a line ' = Title = '")
        was_empty = not line.strip()
    if title is not None:
        yield Article(title, "".join(text).strip())


def _questions(path, content):
    if str(content.get("version")) != "1.1":
        raise ValueError(f"{path} says version {content.get('version')!r}; only 1.1 is read, where all have answers")
    try:
        for article in content["data"]:
            for paragraph in article["paragraphs"]:
                for asked in paragraph["qas"]:
                    yield _question(path, paragraph["context"], asked)
    except KeyError as error:
        raise ValueError(f"{path} is no SQuAD: {error} is missing from an article, paragraph or question") from error


def _question(path, context, asked):
    starts = tuple(_start(path, context, answer, asked["id"]) for answer in asked["answers"])
    if not starts:
        raise ValueError(f"{path}, question {asked['id']}: has no answer; in version 1.1 each has one")
    return Question(
        asked["id"], context, asked["question"], tuple(answer["text"] for answer in asked["answers"]), starts
    )


def _start(path, context, answer, name):
    for off in sorted(range(-SLACK, SLACK + 1), key=abs):
        start = answer["answer_start"] + off
        if start >= 0 and context.startswith(answer["text"], start):
            return start
    place = answer["answer_start"]
    raise ValueError(f"{path}, question {name}: the answer {answer['text']!r} does not stand at character {place}")


def _labelled(path):
    rows = lines(path)
    if next(rows, (1, ""))[1] != "sentence\tlabel":
        raise ValueError(f"{path}, line 1: must be 'sentence', a tab and 'label'; GLUE's test part has no labels")
    for number, line in rows:
        text, _, label = line.partition("\t")
        if label not in ("0", "1") or not text.strip():
            raise ValueError(f"{path}, line {number}: must be a sentence, a tab, and 0 or 1; got {line[:60]!r}")
        yield LabelledText(text.strip(), int(label))


def _summary(path, number, line):
    story = _json(line, f"{path}, line {number}")
    absent = [name for name in ("article", "highlights", "id") if not isinstance(story.get(name), str)]
    if absent:
        raise ValueError(f"{path}, line {number}: has no text under {' and '.join(absent)}; there is {sorted(story)}")
    return Summary(story["article"], story["highlights"], story["id"])


def _json(text, where):
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"{where}: is no JSON ({error})") from error
    if not isinstance(content, dict):
        raise ValueError(f"{where}: is no JSON object, but begins {text[:20]!r}")
    return content
