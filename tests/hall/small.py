"""A catalogue small enough to be worked by hand: opening a shop in two cities."""

from dataclasses import replace

from onecity.hall.catalogue import (
    Applicant,
    Caseload,
    Catalogue,
    Department,
    Depth,
    Document,
    Item,
    Kind,
    LifeEvent,
    Limit,
    Origin,
    Requirement,
    Step,
    Tier,
    TimeUnit,
    Way,
)

FIRM = frozenset({Applicant.FIRM})


def days(count: float) -> Limit:
    return Limit(count, TimeUnit.WORKING_DAY)


def item(code: str, basic: str, authority: str, city: str, **more: object) -> Item:
    plain = Item(
        code=code,
        basic_code=basic,
        title=f"事项{code}",
        kind=Kind.LICENCE,
        authority=authority,
        city=city,
        tier=Tier.CITY,
        applicants=FIRM,
        legal=days(20),
        promised=days(10),
        visits=1,
        depth=Depth.III,
        cities=(city,),
    )
    return replace(plain, **more)  # type: ignore[arg-type]  # fields by name


def requirement(document: str, *, visit: bool = False) -> Requirement:
    return Requirement(document, visit=visit)


DEPARTMENTS = (
    Department("mA", "甲市市场局", "A", Tier.CITY, "market"),
    Department("mB", "乙市市场局", "B", Tier.CITY, "market"),
    Department("pA", "甲市公安局", "A", Tier.CITY, "police"),
    Department("pB", "乙市公安局", "B", Tier.CITY, "police"),
    Department("prov", "省药监局", "", Tier.PROVINCE, "drugs"),
)
DOCUMENTS = (
    Document("id", "身份证", Origin.GOVERNMENT, "police"),
    Document("house", "房产证明", Origin.GOVERNMENT, "prov", days=6, visit=True),
    Document("record", "无犯罪记录证明", Origin.GOVERNMENT, "police", days=4),
    Document("plan", "经营方案", Origin.APPLICANT),
    Document("licence", "营业执照", Origin.GOVERNMENT, "market"),
)
ITEMS = (
    item(
        "A1",
        "register",
        "mA",
        "A",
        requirements=(
            requirement("id", visit=True),
            requirement("house", visit=True),
            requirement("plan"),
        ),
        results=("licence",),
        promised=days(4),
    ),
    item(
        "A2",
        "drug",
        "prov",
        "A",
        requirements=(
            requirement("id"),
            requirement("licence", visit=True),
            requirement("record"),
            requirement("house"),
        ),
        promised=days(10),
        visits=2,
    ),
    item(
        "A3",
        "sign",
        "pA",
        "A",
        requirements=(requirement("id"), requirement("plan", visit=True)),
        promised=Limit(14, TimeUnit.HOUR),
    ),
    item(
        "B1",
        "register",
        "mB",
        "B",
        requirements=(requirement("id", visit=True),),
        results=("licence",),
        promised=Limit(7, TimeUnit.CALENDAR_DAY),
    ),
)
EVENT = LifeEvent(
    "shop",
    "开办药店",
    FIRM,
    (Step("register"), Step("drug", ("register",)), Step("sign", ("drug",))),
    cases=10,
)
LOADS = (
    Caseload("A1", 2023, "A", None, 900, days=9),
    Caseload("A1", 2024, "A", None, 80, days=4, visits=1, documents=3, refused=8),
    Caseload("A1", 2024, "B", Way.AGENT, 20, days=8, visits=2, documents=3, refused=4),
    Caseload("A2", 2024, "A", None, 10, days=10, visits=2, documents=4, refused=0),
    Caseload("A3", 2024, "A", None, 50, days=2),
    Caseload("B1", 2024, "B", None, 30, days=5, visits=1),
    Caseload("B1", 2024, "A", Way.ONLINE, 60, days=5, visits=0),
)
SMALL = Catalogue(
    title="两市试例",
    cities={"A": "甲市", "B": "乙市"},
    departments=DEPARTMENTS,
    documents=DOCUMENTS,
    items=ITEMS,
    life_events=(EVENT,),
    caseloads=LOADS,
    marked="虚构",
)
