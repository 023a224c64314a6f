"""Services to reach and rights to carry: which facilities and which rows of recognition are whose.

Services are reached: a school, a hospital. Rights are carried: insurance that pays in another
city. How far a city's people may use another's service is the share that the table
``recognition`` gives for that service; where it is silent about a service, the right that opens
its doors speaks for it (`SPEAKS_FOR`).
"""

from collections.abc import Mapping

SERVICES: Mapping[str, tuple[str, ...]] = {
    "education": ("kindergarten", "primary_school", "middle_school", "secondary_school", "school"),
    "health": ("hospital", "clinic"),
    "culture": ("library", "museum", "theatre", "cultural_centre"),
    "elderly": ("elderly_care",),
}
"""Kinds of facility (`onecity.region.facility_kinds`) of each service.

Universities and vocational schools are left out of education: they admit from everywhere, and
nobody goes to the nearest one because it is near.
"""

RIGHTS = ("medical_insurance", "pension", "housing_fund")

SPEAKS_FOR: Mapping[str, str] = {"health": "medical_insurance"}
"""The right whose recognition stands for that of a service the table says nothing of."""
