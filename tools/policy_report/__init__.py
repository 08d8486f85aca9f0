"""The policy pack and the check for losses on one preview: for people, for code scanning (SARIF) and for CI (JUnit)."""
