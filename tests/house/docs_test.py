#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Holds the documents against what they describe: field tables, links, dependencies."""
import pathlib
import re
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


class Documents(unittest.TestCase):
    def test_ndjson_page_lists_the_field_table(self):
        source = re.sub(r'"\s*\n\s*"', "", read("src/result/field_table.cc"))
        kinds = {"kText": "text", "kNumber": "number", "kNumberList": "list"}
        rows = [(name, kinds[kind], unit, meaning) for name, kind, unit, meaning in
                re.findall(r'Field\{\s*"(\w+)",\s*FieldType::(\w+),\s*"([^"]*)",\s*"([^"]*)"', source)]
        row = r"^\| `(\w+)` \| (\w+)(?:, always)? \| ([^|]*?) ?\| ([^|]*) \|$"
        page = re.findall(row, read("docs/formats/ndjson.md"), re.M)
        self.assertGreater(len(rows), 10)
        self.assertEqual(rows, page)

    def test_contacts_page_lists_every_fact(self):
        done = subprocess.run([ROOT / "tools" / "write_fact_table", "--check"], capture_output=True, text=True,
                              check=False)
        self.assertEqual(done.stdout + done.stderr, "")
        self.assertEqual(done.returncode, 0)

    def test_links_between_pages_lead_somewhere(self):
        pages = list(ROOT.glob("*.md")) + list((ROOT / "docs").rglob("*.md"))
        self.assertGreater(len(pages), 4)
        for page in pages:
            for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
                self.assertTrue((page.parent / target).exists(), f"{page.relative_to(ROOT)}: {target}")

    def test_every_format_has_its_grammar_an_example_and_its_drawbacks(self):
        pages = [p for p in (ROOT / "docs" / "formats").glob("*.md") if p.name != "README.md"]
        self.assertGreater(len(pages), 20)
        index = read("docs/formats/README.md")
        for page in pages:
            text = page.read_text(encoding="utf-8")
            for section in ("Grammar", "Example", "Drawbacks"):
                self.assertRegex(text, rf"(?m)^## (An )?{section}|^## An {section.lower()}", page.name)
            self.assertIn(f"]({page.name})", index)

    def test_every_package_that_is_installed_has_its_reason(self):
        packages = re.findall(r"^  ([a-z0-9][a-z0-9 .+-]*)$", read("tools/packages.sh"), re.M)
        names = {name for line in packages for name in line.split()}
        described = set(re.findall(r"^\| `([^`]+)` \|", read("docs/dependencies.md"), re.M))
        self.assertGreater(len(names), 10)
        self.assertEqual(names, described)

    def test_every_room_is_on_the_map(self):
        rooms = re.findall(r"^([a-z]+):", read("src/layers.txt"), re.M)
        described = set(re.findall(r"^\| `([a-z]+)` \|", read("ARCHITECTURE.md"), re.M))
        self.assertEqual(set(rooms), described)


if __name__ == "__main__":
    unittest.main()
