"""An answer in words: the sentence and the next steps, in the language of whoever asked."""

from __future__ import annotations

from terminal import logs, texts
from terminal.api.problems import Problem
from terminal.api.schemas import AnswerOut, MissingOut, facts_of
from terminal.cases.answers import Answer
from terminal.web import i18n
from workflows.outcomes import Reason
from workflows.plain import to_plain


def answered(answer: Answer, language: str, *, kabul: bool = False) -> AnswerOut:
    """The answer to one request (``kabul``: to a receiver, with the times of Kabul). Raises the 409 problem when its nonce was used for something else before."""
    out = said(answer, language, kabul=kabul)
    if answer.reason is Reason.NONCE_REUSED:
        raise Problem(409, "nonce_reused", out.sentence, event=answer.event)
    return out


def said(answer: Answer, language: str, *, kabul: bool = False) -> AnswerOut:
    """The answer as the API gives it; with ``kabul`` its sentences name the times of Kabul."""
    words = i18n.words(language).in_kabul() if kabul else i18n.words(language)
    spoken = texts.say(answer, words)
    logs.happened(answer.event)
    return AnswerOut(
        verdict=answer.verdict,
        subject=answer.subject,
        sentence=spoken.sentence,
        facts=facts_of(answer),
        reason=answer.reason.value if answer.reason else None,
        next=list(spoken.next),
        missing=[
            MissingOut(
                reason=item.reason.value,
                sentence=texts.sentence(item.reason, item.facts, words),
                next=" ".join(texts.next_steps(item, words)),
                facts=to_plain(dict(item.facts)),
                who=sorted(role.value for role in item.who),
            )
            for item in answer.missing
        ],
        event=answer.event,
    )
