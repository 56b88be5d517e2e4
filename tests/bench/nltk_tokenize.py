#!/usr/bin/env python3
"""nltk.word_tokenize as docs say it works, with regular expressions as NLTK has it; for speed beside ours.

Usage: nltk_tokenize.py INPUTS RUNS. INPUTS is JSON: {"tables": as PackPunktTables writes them, "texts": a list}. Prints
{"rates": MB/s of each run, "tokens": their number}.
"""
import json
import re
import sys
import time

NON_WORD = r"""(?:[)";}\]*:@'({\[?!])"""
MULTI = r"(?:-{2,}|\.{2,}|(?:\.\s){2,}\.)"
CANDIDATE = re.compile(r"[.?!](?=(?P<after>%s|\s+(?P<next>\S+)))" % NON_WORD)
TOKEN = re.compile(r"(%s|(?=[^(\"`{\[:;&#*@)}\]\-,])\S+?(?=\s|$|%s|%s|,(?=$|\s|%s|%s))|\S)"
                   % (MULTI, NON_WORD, MULTI, NON_WORD, MULTI))
NUMBER = re.compile(r"^-?[.,]?\d[\d,.-]*\.?$")
ELLIPSIS = re.compile(r"\.\.+$")
INITIAL = re.compile(r"[^\W\d]\.$")
REALIGN = re.compile(r"[\"')\]}]+?(?:\s+|(?=--)|$)", re.MULTILINE)
UPPER, MID_UPPER, LOWER, BEGIN_LOWER = 14, 4, 112, 16

WORD_RULES = [(re.compile(p), r) for p, r in [
    ("([«“‘„]|[`]+)", r" \1 "), (r'^"', "``"), ("(``)", r" \1 "), (r"([ (\[{<])(\"|'{2})", r"\1 `` "),
    (r"(?i)(')(?!re|ve|ll|m|t|s|d|n)(\w)\b", r"\1 \2"),
    (r"([^.])(\.)([\])}>\"'»”’ ]*)\s*$", r"\1 \2 \3 "), (r"([:,])([^\d])", r" \1 \2"), (r"([:,])$", r" \1 "),
    (r"(\.{2,})", r" \1 "), (r"([;@#$%&])", r" \1 "), (r"([^.])(\.)([\])}>\"']*)\s*$", r"\1 \2\3 "),
    (r"([?!])", r" \1 "), (r"([^'])' ", r"\1 ' "), (r"([*])", r" \1 "), (r"([\]\[(){}<>])", r" \1 "), ("(--)", r" \1 ")]]
END_RULES = [(re.compile(p), r) for p, r in [
    ("([»”’])", r" \1 "), ("('')", r" \1 "), ('(")', " '' "), (r"([^' ])('[sS]|'[mM]|'[dD]|') ", r"\1 \2 "),
    (r"([^' ])('ll|'LL|'re|'RE|'ve|'VE|n't|N'T) ", r"\1 \2 ")]]
SPLITS = [re.compile(p, re.IGNORECASE) for p in [
    r"\b(can)(not)\b", r"\b(d)('ye)\b", r"\b(gim)(me)\b", r"\b(gon)(na)\b", r"\b(got)(ta)\b", r"\b(lem)(me)\b",
    r"\b(more)('n)\b", r"\b(wan)(na)(?=\s)", r" ('t)(is)\b", r" ('t)(was)\b"]]


class Token:
    def __init__(self, text, model):
        self.text = text
        self.type = NUMBER.sub("##number##", text.lower())
        self.period = text.endswith(".")
        self.ellipsis = bool(ELLIPSIS.match(text))
        self.initial = bool(INITIAL.match(text))
        self.ends = text in (".", "?", "!")
        self.abbreviation = False
        if not self.ends and not self.ellipsis and self.period and not text.endswith(".."):
            stem = text[:-1].lower()
            self.abbreviation = stem in model.abbreviations or stem.split("-")[-1] in model.abbreviations
            self.ends = not self.abbreviation

    def bare(self):
        return self.type[:-1] if len(self.type) > 1 and self.type.endswith(".") else self.type

    def next_type(self):
        return self.bare() if self.ends else self.type


class Model:
    def __init__(self, tables):
        self.abbreviations, self.starters, self.collocations, self.ortho = set(), set(), set(), {}
        for line in tables.rstrip("\n").split("\n"):
            kind, *fields = line.split("\t")
            if kind == "abbrev":
                self.abbreviations.add(fields[0])
            elif kind == "starter":
                self.starters.add(fields[0])
            elif kind == "collocation":
                self.collocations.add(tuple(fields))
            else:
                self.ortho[fields[0]] = int(fields[1])

    def starts(self, token):
        """True, False, or None: not known."""
        if token.text in ";:,.!?":
            return False
        context = self.ortho.get(token.next_type(), 0)
        if token.text[0].isupper() and context & LOWER and not context & MID_UPPER:
            return True
        if token.text[0].islower() and (context & UPPER or not context & BEGIN_LOWER):
            return False
        return None

    def second_pass(self, first, second):
        if not first.period:
            return
        kind, following = first.bare(), second.next_type()
        if (kind, following) in self.collocations:
            first.ends, first.abbreviation = False, True
            return
        starts = self.starts(second)
        upper = second.text[0].isupper()
        if (first.abbreviation or first.ellipsis) and not first.initial:
            if starts or (upper and following in self.starters):
                first.ends = True
                return
        if first.initial or kind == "##number##":
            never_lower = not self.ortho.get(following, 0) & LOWER
            if starts is False or (starts is None and first.initial and upper and never_lower):
                first.ends, first.abbreviation = False, True

    def breaks(self, context):
        tokens = [Token(t, self) for line in context.split("\n") for t in TOKEN.findall(line)]
        for first, second in zip(tokens, tokens[1:]):
            self.second_pass(first, second)
        return any(token.ends for token in tokens[:-1])


def candidates(text):
    previous, begin, end = None, 0, 0
    for match in CANDIDATE.finditer(text):
        before = text[end:match.start()]
        at = len(before) - 1
        while at > 0 and before[at] not in " \t\n\r\x0b\x0c":
            at -= 1
        word = end + at + 1 if at > 0 else begin
        if previous is not None and end <= word:
            yield previous, text[begin:end] + previous.group() + previous.group("after")
        previous, begin, end = match, word, match.start()
    if previous is not None:
        yield previous, text[begin:end] + previous.group() + previous.group("after")


def slices(model, text):
    last = 0
    for match, context in candidates(text):
        if model.breaks(context):
            yield last, match.end()
            last = match.start("next") if match.group("next") else match.end()
    yield last, max(last, len(text.rstrip()))


def sentences(model, text):
    parts = list(slices(model, text))
    moved = 0
    for i, (begin, end) in enumerate(parts):
        begin += moved
        moved = 0
        if i + 1 < len(parts):
            closers = REALIGN.match(text[parts[i + 1][0]:parts[i + 1][1]])
            if closers:
                yield text[begin:parts[i + 1][0] + len(closers.group().rstrip())]
                moved = closers.end()
                continue
        if begin < end:
            yield text[begin:end]


def words(text):
    for pattern, by in WORD_RULES:
        text = pattern.sub(by, text)
    text = " " + text + " "
    for pattern, by in END_RULES:
        text = pattern.sub(by, text)
    for pattern in SPLITS:
        text = pattern.sub(r" \1 \2 ", text)
    return text.split()


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        inputs = json.load(file)
    model, texts = Model(inputs["tables"]), inputs["texts"]
    size = sum(len(t.encode("utf-8")) for t in texts)
    rates, tokens = [], 0
    for _ in range(int(sys.argv[2])):
        begin = time.process_time()
        tokens = sum(len(words(s)) for t in texts for s in sentences(model, t))
        rates.append(size / (time.process_time() - begin) / 1e6)
    print(json.dumps({"rates": rates, "tokens": tokens}))


if __name__ == "__main__":
    main()
