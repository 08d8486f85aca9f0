"""Findings as JUnit's XML, which CI services show as tests: a theme is a suite, a rule is a test."""

from collections.abc import Sequence
from xml.etree import ElementTree as Xml

from tools.policy_report.findings import Finding
from tools.policy_report.pack import THEMES


def junit(findings: Sequence[Finding]) -> str:
    """The report. A rule fails where it blocks; what it advises is in its output."""
    suites = Xml.Element("testsuites", name="genai-tiers policy pack")
    for theme, rules in THEMES.items():
        suite = Xml.SubElement(suites, "testsuite", name=theme, tests=str(len(rules)))
        failures = 0
        for rule in rules:
            case = Xml.SubElement(suite, "testcase", classname=theme, name=rule.id)
            own = [found for found in findings if found.rule == rule.id]
            blocking = [found for found in own if found.blocks]
            if blocking:
                failures += 1
                failure = Xml.SubElement(case, "failure", message=f"{rule.title}: {len(blocking)} resources")
                failure.text = "\n".join(f"{found.resource}: {found.message}" for found in blocking)
            if len(own) > len(blocking):
                output = Xml.SubElement(case, "system-out")
                output.text = "\n".join(
                    f"{found.level}: {found.resource}: {found.message}" for found in own if not found.blocks
                )
        suite.set("failures", str(failures))
    Xml.indent(suites)
    return Xml.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"
