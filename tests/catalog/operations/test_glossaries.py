from __future__ import annotations

from typing import Any

import pytest


def plain(reply: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in reply.items() if key != "ResponseMetadata"}


def test_glossaries_have_a_life(glue: Any) -> None:  # noqa: ANN401
    made = plain(glue.create_glossary(Name="b", Description="d"))
    glue.create_glossary(Name="a")

    updated = plain(glue.update_glossary(Identifier=made["Id"], Name="c"))

    assert updated == {**made, "Name": "c"} == plain(glue.get_glossary(Identifier=made["Id"]))
    first = glue.list_glossaries(MaxResults=1)
    second = glue.list_glossaries(NextToken=first["NextToken"])
    assert [one["Name"] for one in first["Items"] + second["Items"]] == ["a", "c"]
    glue.create_glossary(Name="b")
    with pytest.raises(glue.exceptions.AlreadyExistsException):
        glue.update_glossary(Identifier=made["Id"], Name="b")
    glue.delete_glossary(Identifier=made["Id"])
    glue.delete_glossary(Identifier=made["Id"])
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.get_glossary(Identifier=made["Id"])
    assert [one["Name"] for one in glue.list_glossaries()["Items"]] == ["a", "b"]


def test_the_same_token_creates_once(glue: Any) -> None:  # noqa: ANN401
    first = glue.create_glossary(Name="a", ClientToken="t")
    again = glue.create_glossary(Name="a", ClientToken="t")

    assert again["Id"] == first["Id"]
    taken = glue.exceptions.AlreadyExistsException
    with pytest.raises(taken):
        glue.create_glossary(Name="a", ClientToken="u")
    with pytest.raises(taken):
        glue.create_glossary(Name="a", Description="other", ClientToken="t")


def test_terms_belong_to_their_glossary(glue: Any) -> None:  # noqa: ANN401
    sales, law = (glue.create_glossary(Name=name)["Id"] for name in ("sales", "law"))
    given = {"Name": "order", "ShortDescription": "s", "LongDescription": "l"}

    term = plain(glue.create_glossary_term(GlossaryIdentifier=sales, **given))
    glue.create_glossary_term(GlossaryIdentifier=law, Name="order")
    glue.create_glossary_term(GlossaryIdentifier=sales, Name="client")

    assert term == {"Id": term["Id"], "GlossaryId": sales, **given}
    assert plain(glue.get_glossary_term(Identifier=term["Id"])) == term
    items = glue.list_glossary_terms(GlossaryIdentifier=sales)["Items"]
    assert [one["Name"] for one in items] == ["client", "order"]
    assert items[1] == {"Id": term["Id"], "Name": "order", "ShortDescription": "s"}
    with pytest.raises(glue.exceptions.AlreadyExistsException):
        glue.create_glossary_term(GlossaryIdentifier=sales, Name="order")
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.create_glossary_term(GlossaryIdentifier="x", Name="order")


def test_a_glossary_with_terms_stays(glue: Any) -> None:  # noqa: ANN401
    glossary = glue.create_glossary(Name="a")["Id"]
    term = glue.create_glossary_term(GlossaryIdentifier=glossary, Name="t")["Id"]

    with pytest.raises(glue.exceptions.ConflictException):
        glue.delete_glossary(Identifier=glossary)
    glue.update_glossary_term(Identifier=term, Name="u")
    glue.delete_glossary_term(Identifier=term)
    glue.delete_glossary_term(Identifier=term)
    glue.delete_glossary(Identifier=glossary)

    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.get_glossary_term(Identifier=term)
