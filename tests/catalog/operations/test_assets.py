from __future__ import annotations

import json
import threading
from typing import Any

import pytest

TABLE = "arn:aws:glue:us-east-1:000000000000:table/sales/days"
FORMS = {"owner": {"FormTypeId": "Owner", "Content": '{"team": "Anna"}'}}


@pytest.fixture
def business(glue: Any) -> Any:  # noqa: ANN401
    """Return a client of a catalog with a form type, an asset type and the table sales.days."""
    glue.put_form_type(Name="Owner", Schema="structure Owner { team: String }")
    glue.put_form_type(Name="Legal", Schema="structure Legal {}")
    glue.put_asset_type(
        Name="Report",
        Forms={
            "owner": {"FormTypeIdentifier": "Owner"},
            "legal": {"FormTypeIdentifier": "Legal"},
        },
    )
    glue.create_database(DatabaseInput={"Name": "sales"})
    columns = [{"Name": "day", "Type": "date", "Comment": "c"}, {"Name": "amount", "Type": "int"}]
    glue.create_table(
        DatabaseName="sales",
        TableInput={"Name": "days", "Description": "d", "StorageDescriptor": {"Columns": columns}},
    )
    return glue


def terms_of(glue: Any, *names: str) -> list[str]:  # noqa: ANN401
    glossary = glue.create_glossary(Name="g")["Id"]
    made = [glue.create_glossary_term(GlossaryIdentifier=glossary, Name=name) for name in names]
    return [term["Id"] for term in made]


def put(glue: Any, identifier: str, **members: Any) -> dict[str, Any]:  # noqa: ANN401
    given = {"AssetTypeId": "Report", "Name": identifier, "Forms": {}, **members}
    reply: dict[str, Any] = glue.put_asset(Identifier=identifier, **given)
    return reply


def test_types_have_a_life(business: Any) -> None:  # noqa: ANN401
    found = business.get_form_type(Identifier="Owner")
    listed = business.list_asset_types()["Items"]

    assert (found["Id"], found["Schema"]) == ("Owner", "structure Owner { team: String }")
    assert listed == [{"Id": "Report", "Name": "Report"}]
    assert [one["Name"] for one in business.list_form_types()["Items"]] == ["Legal", "Owner"]
    missing = business.exceptions.EntityNotFoundException
    with pytest.raises(missing, match="Form type Nope"):
        business.put_asset_type(Name="T", Forms={"f": {"FormTypeIdentifier": "Nope"}})
    with pytest.raises(business.exceptions.ConflictException, match="Report"):
        business.delete_form_type(Identifier="Owner")
    business.delete_asset_type(Identifier="Report")
    business.delete_form_type(Identifier="Owner")
    business.delete_form_type(Identifier="Owner")
    with pytest.raises(missing):
        business.get_form_type(Identifier="Owner")
    with pytest.raises(missing):
        business.get_asset_type(Identifier="Report")


def test_an_asset_has_a_life(business: Any) -> None:  # noqa: ANN401
    made = put(business, "r/1", Description="d", Forms=FORMS)
    found = business.get_asset(Identifier="r/1")
    updated = business.update_asset(Identifier="r/1", Name="new")
    put(business, "r/1", Name="newer")
    replaced = business.get_asset(Identifier="r/1")

    assert found["CreatedAt"] == made["CreatedAt"] == found["UpdatedAt"]
    assert {key: found[key] for key in ("Id", "AssetTypeId", "Name", "Description", "Forms")} == {
        "Id": "r/1",
        "AssetTypeId": "Report",
        "Name": "r/1",
        "Description": "d",
        "Forms": FORMS,
    }
    assert (updated["Name"], updated["Description"]) == ("new", "d")
    assert updated["UpdatedAt"] > made["CreatedAt"]
    assert (replaced["Name"], replaced.get("Description")) == ("newer", None)
    assert replaced["CreatedAt"] == made["CreatedAt"]
    business.delete_asset(Identifier="r/1")
    business.delete_asset(Identifier="r/1")
    with pytest.raises(business.exceptions.EntityNotFoundException):
        business.get_asset(Identifier="r/1")
    with pytest.raises(business.exceptions.EntityNotFoundException):
        business.update_asset(Identifier="r/1", Name="x")


def test_an_asset_that_does_not_fit_its_type_is_refused(business: Any) -> None:  # noqa: ANN401
    invalid = business.exceptions.InvalidInputException

    with pytest.raises(business.exceptions.EntityNotFoundException, match="Asset type Nope"):
        put(business, "r", AssetTypeId="Nope")
    with pytest.raises(invalid, match="no form other"):
        put(business, "r", Forms={"other": {"Content": "{}"}})
    with pytest.raises(invalid, match="of the type Owner"):
        put(business, "r", Forms={"owner": {"FormTypeId": "Legal", "Content": "{}"}})
    with pytest.raises(invalid, match="not a JSON object"):
        put(business, "r", Forms={"owner": {"Content": "{"}})
    for act in (business.update_asset, business.delete_asset):
        with pytest.raises(invalid, match="is a table"):
            act(Identifier=TABLE)


def test_a_table_is_an_asset_with_its_columns(business: Any) -> None:  # noqa: ANN401
    asset = business.get_asset(Identifier=TABLE)
    first = business.list_iterable_forms(
        AssetIdentifier=TABLE, IterableFormName="columns", MaxResults=1
    )
    second = business.list_iterable_forms(
        AssetIdentifier=TABLE, IterableFormName="columns", NextToken=first["NextToken"]
    )

    assert (asset["Name"], asset["Description"]) == ("days", "d")
    assert asset["IterableForms"] == {"columns": {"FormTypeId": "columns"}}
    assert first["Items"] == [{"ItemId": "amount", "ItemName": "amount"}]
    assert second["Items"] == [{"ItemId": "day", "ItemName": "day", "Description": "c"}]
    put(business, "r")
    for asset_id in ("r", f"{TABLE}2"):
        with pytest.raises(business.exceptions.EntityNotFoundException):
            business.list_iterable_forms(AssetIdentifier=asset_id, IterableFormName="columns")


def test_terms_hang_on_assets_and_columns(business: Any) -> None:  # noqa: ANN401
    money, time = terms_of(business, "money", "time")
    column = {"AssetIdentifier": TABLE, "IterableFormName": "columns", "ItemIdentifier": "amount"}

    business.associate_glossary_terms(AssetIdentifier=TABLE, GlossaryTermIdentifiers=[money])
    both = business.associate_glossary_terms(
        AssetIdentifier=TABLE, GlossaryTermIdentifiers=[time, money]
    )
    business.associate_glossary_terms(**column, GlossaryTermIdentifiers=[money])
    business.delete_glossary_term(Identifier=time)
    found = business.get_asset(Identifier=TABLE)
    items = business.list_iterable_forms(AssetIdentifier=TABLE, IterableFormName="columns")
    gone = business.disassociate_glossary_terms(
        AssetIdentifier=TABLE, GlossaryTermIdentifiers=[money]
    )

    assert both["GlossaryTerms"] == [money, time]
    assert found["GlossaryTerms"] == [money]
    assert [one.get("GlossaryTerms") for one in items["Items"]] == [[money], None]
    assert "GlossaryTerms" not in gone
    assert "GlossaryTerms" not in business.get_asset(Identifier=TABLE)
    missing = business.exceptions.EntityNotFoundException
    with pytest.raises(missing, match="Glossary term x"):
        business.associate_glossary_terms(AssetIdentifier=TABLE, GlossaryTermIdentifiers=["x"])
    with pytest.raises(missing, match="Item nope"):
        business.associate_glossary_terms(
            **{**column, "ItemIdentifier": "nope"}, GlossaryTermIdentifiers=[money]
        )
    with pytest.raises(business.exceptions.InvalidInputException, match="both"):
        business.associate_glossary_terms(
            AssetIdentifier=TABLE, ItemIdentifier="amount", GlossaryTermIdentifiers=[money]
        )


def test_an_eleventh_term_is_refused(business: Any) -> None:  # noqa: ANN401
    terms = terms_of(business, *"abcdefghijk")
    put(business, "r")
    business.associate_glossary_terms(AssetIdentifier="r", GlossaryTermIdentifiers=terms[:10])

    with pytest.raises(business.exceptions.InvalidInputException, match="11 terms"):
        business.associate_glossary_terms(AssetIdentifier="r", GlossaryTermIdentifiers=terms[10:])


def test_attachments_are_put_replaced_and_taken_away(business: Any) -> None:  # noqa: ANN401
    column = {"AssetIdentifier": TABLE, "IterableFormName": "columns", "ItemIdentifier": "day"}
    for content in ('{"team": "a"}', '{"team": "b"}'):
        business.put_attachment(
            **column, AttachmentName="owner", FormTypeId="Owner", Content=content
        )
    put(business, "r", Forms=FORMS)
    business.put_attachment(
        AssetIdentifier="r", AttachmentName="law", FormTypeId="Legal", Content="{}"
    )
    put(business, "r")

    batch = business.batch_get_iterable_forms(
        AssetIdentifier=TABLE, IterableFormName="columns", ItemIdentifiers=["day", "nope"]
    )

    attachment = {"FormTypeId": "Owner", "Content": '{"team": "b"}'}
    assert batch["Items"] == [
        {"ItemId": "day", "ItemName": "day", "Attachments": {"owner": attachment}}
    ]
    assert [one["ItemIdentifier"] for one in batch["Errors"]] == ["nope"]
    kept = business.get_asset(Identifier="r")
    assert kept["Attachments"] == {"law": {"FormTypeId": "Legal", "Content": "{}"}}
    business.delete_attachment(**column, AttachmentName="owner")
    missing = business.exceptions.EntityNotFoundException
    with pytest.raises(missing, match="Attachment owner"):
        business.delete_attachment(**column, AttachmentName="owner")
    with pytest.raises(missing, match="Form type Nope"):
        business.put_attachment(
            AssetIdentifier="r", AttachmentName="x", FormTypeId="Nope", Content="{}"
        )


def test_concurrent_attachers_lose_nothing(business: Any) -> None:  # noqa: ANN401
    def attach(worker: int) -> None:
        for number in range(5):
            business.put_attachment(
                AssetIdentifier=TABLE,
                AttachmentName=f"a{worker}_{number}",
                FormTypeId="Legal",
                Content=json.dumps({"n": number}),
            )

    threads = [threading.Thread(target=attach, args=(worker,)) for worker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(business.get_asset(Identifier=TABLE)["Attachments"]) == 20


def test_search_finds_by_words_filters_and_order(business: Any) -> None:  # noqa: ANN401
    put(business, "r1", Name="Sales of days", Forms=FORMS)
    put(business, "r2", Name="Costs", Description="not the sales")
    put(business, "r3", Name="Other")
    [money] = terms_of(business, "money")
    for asset in ("r3", TABLE):
        business.associate_glossary_terms(AssetIdentifier=asset, GlossaryTermIdentifiers=[money])

    def search(**request: Any) -> list[str]:  # noqa: ANN401
        ids: list[str] = []
        token: dict[str, str] = {}
        while True:
            reply = business.search_assets(**request, **token, MaxResults=2)
            ids += [item["Id"] for item in reply["Items"]]
            if "NextToken" not in reply:
                return ids
            token = {"NextToken": reply["NextToken"]}

    def where(attribute: str, operator: str, **value: Any) -> dict[str, Any]:  # noqa: ANN401
        wanted = {"Attribute": attribute, "Operator": operator}
        return {"AttributeFilter": {**wanted, **({"Value": value} if value else {})}}

    report = where("assetTypeId", "equals", StringValue="Report")
    described = where("description", "notExists")
    owner = {"MapFilter": {"Attribute": "forms", "Key": "owner", "Value": {"StringValue": "Owner"}}}
    assert search(SearchText="SALES") == ["r1", "r2", TABLE]
    assert search(SearchText="sales anna") == ["r1"]
    assert search(SearchText="nowhere") == []
    assert search(FilterClause=report) == ["r1", "r2", "r3"]
    assert search(FilterClause={"AndAllFilters": [report, described]}) == ["r1", "r3"]
    assert search(
        FilterClause={"OrAnyFilters": [owner, where("id", "lessThan", StringValue="b")]}
    ) == [
        TABLE,
        "r1",
    ]
    assert search(FilterClause=where("glossaryTerms", "equals", StringValue=money)) == [TABLE, "r3"]
    assert search(FilterClause=where("updatedAt", "greaterThan", LongValue=4_000_000_000)) == []
    order = {"Attribute": "assetName", "Order": "DESCENDING"}
    later = where("createdAt", "greaterThan", LongValue=1)
    assert search(FilterClause=later, Sort=order) == [TABLE, "r1", "r3", "r2"]
    assert search(FilterClause=later, Sort={"Attribute": "description"}) == [
        "r1",
        "r3",
        TABLE,
        "r2",
    ]


def test_a_search_that_cannot_be_is_refused(business: Any) -> None:  # noqa: ANN401
    invalid = business.exceptions.InvalidInputException
    deep: dict[str, Any] = {"AttributeFilter": {"Attribute": "id", "Operator": "notExists"}}
    for _ in range(30):
        deep = {"AndAllFilters": [deep]}

    with pytest.raises(invalid, match="SearchText"):
        business.search_assets()
    with pytest.raises(invalid, match="Attribute 'nope'"):
        business.search_assets(SearchText="a", Sort={"Attribute": "nope"})

    with pytest.raises(invalid, match="deep"):
        business.search_assets(FilterClause=deep)
    with pytest.raises(invalid, match="no Value"):
        business.search_assets(
            FilterClause={"AttributeFilter": {"Attribute": "id", "Operator": "equals"}}
        )
