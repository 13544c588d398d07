"""A recorded tree, read as plainly as can be: files, links inside the root, and what the recording says beside them."""
import json
import os


class Tree:
    def __init__(self, root):
        self.root = os.path.realpath(root)
        with open(os.path.join(self.root, ".nodekeeper/recording.json"), encoding="utf8") as file:
            self.recording = json.load(file)

    def path(self, path):
        """Where a path of the host lies; links that begin with / are the host's own."""
        done = self.root
        parts = [part for part in path.split("/") if part]
        while parts:
            part = parts.pop(0)
            if part == "..":
                done = os.path.dirname(done)
                continue
            step = os.path.join(done, part)
            if os.path.islink(step):
                target = os.readlink(step)
                if target.startswith("/"):
                    done = self.root
                parts = [each for each in target.split("/") if each and each != "."] + parts
            else:
                done = step
        return done

    def real(self, path):
        return self.path(path)[len(self.root):]

    def there(self, path):
        return os.path.exists(self.path(path))

    def bytes(self, path):
        with open(self.path(path), "rb") as file:
            return file.read()

    def text(self, path, default=None):
        try:
            return self.bytes(path).decode()
        except (FileNotFoundError, NotADirectoryError):
            return default

    def line(self, path, default=None):
        text = self.text(path)
        return default if text is None else text.strip("\0\n ").strip()

    def number(self, path, base=10):
        line = self.line(path)
        return None if line is None or line == "" else int(line, base)

    def names(self, path):
        try:
            return sorted(os.listdir(self.path(path)))
        except (FileNotFoundError, NotADirectoryError):
            return []

    def command(self, name, *words):
        """Parsed output of the recorded command that has all these words."""
        for entry in self.recording["commands"]:
            if entry["command"] == name and all(word in entry["args"] for word in words):
                answer = entry["answer"]
                return answer["exitCode"], self.text("/.nodekeeper/" + answer["stdoutFile"])
        return None


class Report:
    """What is to be expected: subjects by kind and id, and samples by kind, id and name."""

    def __init__(self):
        self.subjects = {}
        self.samples = {}

    def ok(self, kind, id_, value, samples=None):
        kept = {key: each for key, each in value.items() if each not in (None, "", [], {})}
        self.subjects[f"{kind} {id_}".strip()] = {"outcome": "OUTCOME_OK", "value": kept}
        for name, number in (samples or {}).items():
            self.samples[" ".join(part for part in (kind, id_, name) if part)] = number

    def absent(self, kind, id_=""):
        self.subjects[f"{kind} {id_}".strip()] = {"outcome": "OUTCOME_ABSENT"}

    def failed(self, kind, id_, code):
        self.subjects[f"{kind} {id_}".strip()] = {"outcome": "OUTCOME_FAILED", "code": code}


def big(number):
    """As JSON of protobuf writes 64 bits."""
    return None if number is None else str(int(number))
