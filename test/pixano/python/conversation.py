"""Answers calls that come on stdin, one JSON object a line: {"call": name, "args": {...}}. The answer is one line of
stdout, {"result": ...} or {"error": {"type", "message"}}. What libraries print goes to stderr."""
import json
import os
import sys
import warnings

warnings.filterwarnings("ignore")
_answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
os.dup2(2, 1)


def converse(*functions):
    by_name = {function.__name__: function for function in functions}
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = {"result": by_name[request["call"]](**request["args"])}
        except Exception as error:
            answer = {"error": {"type": type(error).__name__, "message": str(error)}}
        print(json.dumps(answer, default=str), file=_answers, flush=True)
    # Background threads of some versions of LanceDB do not end by themselves.
    os._exit(0)
