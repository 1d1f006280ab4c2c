"""The tokenizer: a vocabulary of whole words, the plural `s`, and one token for every other word."""

import re

from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

PADDING, UNKNOWN, START, END = "<pad>", "<unknown>", "<start_of_text>", "<end_of_text>"
PLURAL = "##s"


def build_tokenizer(captions: list[str], unknown_word: str) -> Tokenizer:
    words = {word for caption in captions for word in re.findall(r"[a-z]+", caption)} - {unknown_word}
    singular = sorted(word for word in words if not (word.endswith("s") and word[:-1] in words))
    # Padding is 0, and the end has the highest id: a text's vector is read there, as CLIP does it.
    tokens = [PADDING, UNKNOWN, PLURAL, *singular, START, END]
    ids = {token: index for index, token in enumerate(tokens)}
    tokenizer = Tokenizer(models.WordPiece(ids, unk_token=UNKNOWN, continuing_subword_prefix="##"))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(r"[\p{L}]+|[\p{N}]+"), "removed", invert=True)
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{START} $A {END}", special_tokens=[(START, ids[START]), (END, ids[END])]
    )
    return tokenizer
